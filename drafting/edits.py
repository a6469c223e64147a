"""How much a teacher changed, and where: the edit cost of a draft, and the spans that differ."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from prompts.vocabulary import Language

_CHARACTER = re.compile(r"\{student\}|\S")


def units(text: str, language: Language) -> list[str]:
    """What edits are counted in: words between white space in English, characters in Chinese; NFC.

    ``{student}`` counts as one.
    """
    composed = unicodedata.normalize("NFC", text)
    return composed.split() if language == "en" else _CHARACTER.findall(composed)


def edit_cost(draft: str, final: str, language: Language) -> float:
    """Levenshtein distance from ``draft`` to ``final`` over the length of ``final``, in units.

    0 is untouched; it passes 1 when the draft was longer than what became of it. An empty ``final`` counts as
    one unit long.
    """
    wanted = units(final, language)
    return levenshtein(units(draft, language), wanted) / max(1, len(wanted))


def levenshtein(one: Sequence[str], other: Sequence[str]) -> int:
    """The least number of insertions, deletions and substitutions that turn ``one`` into ``other``.

    Myers, "A fast bit-vector algorithm for approximate string matching" (1999), as corrected for the whole
    distance by Hyyrö (2003): a column of the table is one integer, so a comment takes microseconds a word.
    """
    if not one:
        return len(other)
    where: dict[str, int] = {}
    for at, unit in enumerate(one):
        where[unit] = where.get(unit, 0) | 1 << at
    full, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    rises, falls, distance = full, 0, len(one)
    for unit in other:
        same = where.get(unit, 0)
        vertical = same | falls
        horizontal = (((same & rises) + rises) ^ rises) | same
        up, down = falls | ~(horizontal | rises) & full, rises & horizontal
        distance += bool(up & last) - bool(down & last)
        up, down = up << 1 | 1, down << 1
        rises, falls = (down | ~(vertical | up)) & full, up & vertical & full
    return distance


class Difference(NamedTuple):
    """``one[start:end]`` becomes ``other[new_start:new_end]``; either may be empty."""

    start: int
    end: int
    new_start: int
    new_end: int


def differences(one: Sequence[str], other: Sequence[str]) -> list[Difference]:
    """Where ``one`` and ``other`` differ, in order, by an alignment of the least number of edits.

    So whoever takes over some of the spans and leaves the rest stands on a shortest way from the one to the
    other. Wagner and Fischer (1974); some milliseconds for two comments.
    """
    left = [[len(one) - i for i in range(len(one) + 1)]]  # edits still needed, from the ends backwards
    for unit in reversed(other):
        below, row = left[0], [0] * (len(one) + 1)
        row[-1] = below[-1] + 1
        for i in range(len(one) - 1, -1, -1):
            row[i] = below[i + 1] if one[i] == unit else 1 + min(below[i + 1], below[i], row[i + 1])
        left.insert(0, row)
    found: list[Difference] = []
    i = j = 0
    while i < len(one) or j < len(other):
        if i < len(one) and j < len(other) and one[i] == other[j]:
            i, j = i + 1, j + 1
            continue
        start, new_start = i, j
        while (i < len(one) or j < len(other)) and not (
            i < len(one) and j < len(other) and one[i] == other[j]
        ):
            needed = left[j][i] - 1
            if i < len(one) and j < len(other) and left[j + 1][i + 1] == needed:
                i, j = i + 1, j + 1
            elif i < len(one) and left[j][i + 1] == needed:
                i += 1
            else:
                j += 1
        found.append(Difference(start, i, new_start, j))
    return found
