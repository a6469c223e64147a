"""Texts with their doubtful phrases, cut into pieces that a page can underline."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from webapp.lessons.naming import STUDENT, Named, with_name


class Piece(NamedTuple):
    """A run of text; ``reasons`` say what is doubtful about it, and are empty when nothing is."""

    text: str
    reasons: tuple[str, ...] = ()


def pieces(text: str, flags: Iterable[Mapping[str, Any]], student: Named | None) -> list[Piece]:
    """The whole text, in order, with the child's name in it, cut where a flag begins or ends.

    A flag is ``{"span": [start, end], "reason": …}`` in characters of the stored text. One with an empty span
    is about the text as a whole; it marks nothing here (see ``remarks``).
    """
    spans = [(*_whole_names(text, *flag["span"]), str(flag["reason"])) for flag in flags]
    cuts = sorted(
        {0, len(text), *(cut for start, end, _reason in spans if start < end for cut in (start, end))}
    )
    found = []
    for start, end in pairwise(cuts):
        reasons = dict.fromkeys(reason for a, b, reason in spans if a <= start and end <= b)
        found.append(Piece(with_name(text[start:end], student), tuple(reasons)))
    return found


def remarks(flags: Iterable[Mapping[str, Any]], student: Named | None) -> list[str]:
    """What there is to say about a text, each thing once, in order."""
    return list(dict.fromkeys(with_name(str(flag["reason"]), student) for flag in flags))


def _whole_names(text: str, start: int, end: int) -> tuple[int, int]:
    """The span, widened so that it does not cut a ``{student}`` in two, and kept inside the text."""
    start, end = max(0, start), min(len(text), end)
    for match in re.finditer(re.escape(STUDENT), text):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            end = match.end()
    return start, end
