"""What a teacher tells several children of one class in nearly the same words, and so a draft may, too."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from drafting.check.repetition import alike
from drafting.check.sentences import normalised, split
from prompts.vocabulary import Language

Habits = frozenset[tuple[str, ...]]
"""Sentences, each as ``normalised`` gives it. What nearly equals one is a habit, too."""

NONE: Habits = frozenset()


def habits(lessons: Iterable[Sequence[str]], language: Language) -> Habits:
    """The sentences that stand in two or more of the accepted comments of one lesson, if only nearly so.

    Drafts for one class share no sentence, so whatever is shared the teacher has put there: a greeting, a
    farewell, what the whole class was to learn, a phrase in which the colours change.
    """
    found: set[tuple[str, ...]] = set()
    for texts in lessons:
        told: dict[tuple[str, ...], set[int]] = {}
        for number, text in enumerate(texts):
            for sentence in split(text, language):
                told.setdefault(normalised(sentence.text, language), set()).add(number)
        found |= {words for words, whom in told.items() if len(whom) > 1}
        for one, other in combinations(told, 2):
            if len(told[one] | told[other]) > 1 and alike(one, [other]):
                found |= {one, other}
    return frozenset(found)
