"""The same thing said twice: within a draft, to another student of the lesson, or to this one before."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from drafting.check.case import Case
from drafting.check.flag import Flag, flag
from drafting.check.sentences import normalised, split, units
from prompts.vocabulary import Language

# A greeting or farewell may be the same for everybody: shorter sentences are never "shared".
_SHORTEST = {"en": 5, "zh": 8}
# Two sentences are nearly equal when so much of their word pairs (character pairs in Chinese) is common.
_ALIKE = 0.75
# (length of a run of units, how often it may stand)
_RUNS: dict[Language, tuple[tuple[int, int], ...]] = {"en": ((5, 1), (3, 2)), "zh": ((7, 1), (5, 2))}
# A word said so often in a row is a loop.
_STUTTER = 3
# A word that a single sentence circles around is said more often in it than this; grammar may come back.
_CIRCLED: dict[Language, int] = {"en": 2, "zh": 3}
_GRAMMAR: dict[Language, frozenset[str]] = {
    "en": frozenset(
        [
            "a",
            "an",
            "the",
            "and",
            "or",
            "but",
            "so",
            "to",
            "of",
            "in",
            "on",
            "at",
            "by",
            "for",
            "from",
            "with",
            "as",
            "is",
            "are",
            "was",
            "be",
            "it",
            "its",
            "i",
            "me",
            "my",
            "you",
            "your",
            "they",
            "them",
            "their",
            "that",
            "this",
            "these",
            "those",
            "how",
            "what",
            "where",
            "when",
            "which",
            "who",
            "not",
            "more",
            "like",
        ]
    ),
    "zh": frozenset("的了是在和有也都不这那就很你我他她它们一个上着让把得地到可以下色画面线条"),
}


def check_repetition(case: Case) -> Iterator[Flag]:
    """Flags a sentence that stands twice, and otherwise a run of words that keeps coming back."""
    seen: list[frozenset[tuple[str, ...]]] = []
    found = False
    for sentence in case.sentences:
        words = normalised(sentence.text, case.language)
        pairs = _pairs(words)
        if len(words) >= _SHORTEST[case.language] // 2 and any(_alike(pairs, other) for other in seen):
            found = True
            yield flag("repetition", (sentence.start, sentence.end), case.language, "sentence")
        seen.append(pairs)
    if not found and (phrase := _loop(case)):
        start = case.text.lower().rfind(phrase)
        span = (start, start + len(phrase)) if start >= 0 else (0, len(case.text))
        yield flag("repetition", span, case.language, "phrase", words=phrase)


def check_shared(
    case: Case, kind: str, others: Iterable[str], habits: Collection[tuple[str, ...]] = ()
) -> Iterator[Flag]:
    """Flags each sentence that nearly equals one of the others and none of the teacher's habits; ``kind`` is
    ``sibling`` or ``earlier``."""
    theirs = [
        _pairs(words)
        for other in others
        for sentence in split(other, case.language)
        if len(words := normalised(sentence.text, case.language)) >= _SHORTEST[case.language]
    ]
    for sentence in case.sentences:
        words = normalised(sentence.text, case.language)
        if len(words) < _SHORTEST[case.language]:
            continue
        pairs = _pairs(words)
        if any(_alike(pairs, other) for other in theirs) and not alike(words, habits):
            yield flag(kind, (sentence.start, sentence.end), case.language)


def alike(words: tuple[str, ...], others: Iterable[tuple[str, ...]]) -> bool:
    """Whether a sentence, as ``normalised`` gives it, nearly equals one of the others."""
    pairs = _pairs(words)
    return any(_alike(pairs, _pairs(other)) for other in others)


@lru_cache(maxsize=4096)
def _pairs(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(pairwise(words)) or frozenset({words})


def _alike(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    """The Jaccard index of the pairs is at least ``_ALIKE``."""
    if min(len(one), len(other)) < _ALIKE * max(len(one), len(other)):
        return False
    common = len(one & other)
    return common >= _ALIKE * (len(one) + len(other) - common)


def _loop(case: Case) -> str:
    """A run of words that stands too often, as written in lower case; empty when there is none."""
    words = [unit.casefold() for unit in units(case.text, case.language)]
    glue = " " if case.language == "en" else ""
    for size, most in _RUNS[case.language]:
        runs = Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
        for run, times in runs.most_common(1):
            if times > most:
                return glue.join(run)
    for at in range(len(words) - _STUTTER + 1):
        if len(set(words[at : at + _STUTTER])) == 1:
            return glue.join(words[at : at + _STUTTER])
    return next(filter(None, (_circled(sentence.text, case.language) for sentence in case.sentences)), "")


def _circled(sentence: str, language: Language) -> str:
    """A word (in Chinese a character) that one sentence says too often; empty when there is none."""
    said = Counter(word for word in normalised(sentence, language) if word not in _GRAMMAR[language])
    return next((word for word, times in said.items() if times > _CIRCLED[language]), "")
