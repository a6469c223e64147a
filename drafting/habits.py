"""What a teacher tells several children of one class in the same words, and so a draft may, too."""

from collections import Counter
from collections.abc import Iterable, Sequence

from drafting.check.sentences import normalised, split
from prompts.vocabulary import Language

Habits = frozenset[tuple[str, ...]]
"""Sentences, each as ``normalised`` gives it."""

NONE: Habits = frozenset()


def habits(lessons: Iterable[Sequence[str]], language: Language) -> Habits:
    """The sentences that stand in two or more of the accepted comments of one lesson.

    Drafts for one class share no sentence, so whatever is shared the teacher has put there: a greeting, a
    farewell, what the whole class was to learn.
    """
    found: set[tuple[str, ...]] = set()
    for texts in lessons:
        said = Counter(
            words
            for text in texts
            for words in {normalised(sentence.text, language) for sentence in split(text, language)}
        )
        found |= {words for words, times in said.items() if times > 1}
    return frozenset(found)
