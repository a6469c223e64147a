"""Comments that a teacher wrote once and gave out many times."""

from collections import defaultdict
from collections.abc import Sequence

from drafting.check.sentences import STUDENT, normalised
from finetune.records import Record, author_of
from finetune.sieve.told import told
from prompts.vocabulary import Language

# What is compared: runs of three words, of five characters in Chinese.
_RUN: dict[Language, int] = {"en": 3, "zh": 5}
# Two comments say the same when so much of their runs is common.
_ALIKE = 0.8


def nearly_the_same(records: Sequence[Record]) -> set[int]:
    """The places of records that nearly repeat an earlier one of the same teacher.

    Two comments that tell different things of their drawings are no duplicates, however alike their
    sentences are: how the difference follows from the facts is just what is to be learned.
    """
    repeated: set[int] = set()
    groups: dict[object, list[frozenset[tuple[str, ...]]]] = defaultdict(list)
    for place, one in enumerate(records):
        firsts = groups[author_of(one), told(one, one.final)]
        runs = _runs(one)
        if any(_jaccard(runs, first) >= _ALIKE for first in firsts):
            repeated.add(place)
        else:
            firsts.append(runs)
    return repeated


def _runs(one: Record) -> frozenset[tuple[str, ...]]:
    units = normalised(one.final.replace(STUDENT, ""), one.language)
    size = _RUN[one.language]
    return frozenset(units[at : at + size] for at in range(max(1, len(units) - size + 1)))


def _jaccard(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common)
