"""How much a teacher changed: the edit cost of a draft."""

import re
import unicodedata
from collections.abc import Sequence

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
