"""Colours that are said to be on the wrong side of warm and cool: "orange and red add a cool touch".

Only what every teacher says alike is judged: reds, oranges and yellows are warm, blues and turquoise cool. Of
the others (a green, a purple, a brown) either can be said. Nor is a colour's own shade judged, since there
are warm blues and cool reds: only what colours alone are said to bring, or by name are said to be.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from drafting.check.case import Case
from drafting.check.colour import mentions, said
from drafting.check.flag import Flag, flag, lexicon, listed
from prompts.vocabulary import Language

_SIDES = ("warm", "cool")
# Each mention becomes one letter, the rest of its place as many of the filler: so places in the text stay.
_LETTERS, _FILLER = {"warm": "\ue001", "cool": "\ue002", "": "\ue003"}, "\ue000"


def check_temperature(case: Case) -> Iterator[Flag]:
    """Flags each claim of ``temperature.yaml`` in which all colours that it is about are of the other side.

    Where colours of both sides or of none are named together, and in a suggestion, nothing is flagged.
    """
    found = mentions(case.plain, case.language)
    sides = {span: _side(names) for span, names in found}
    if not any(sides.values()):
        return
    text = case.plain
    for (start, end), side in sides.items():
        text = text[:start] + _LETTERS[side] + _FILLER * (end - start - 1) + text[end:]
    for side in _SIDES:
        for pattern in _claims(case.language, side):
            for match in pattern.finditer(text):
                if case.suggested_at(match.start("claim")):
                    continue
                about = [names for at, names in found if match.start() <= at[0] < match.end()]
                colours = list(dict.fromkeys(said(min(names), case.language) for names in about))
                span = match.span("claim")
                yield flag("degree", span, case.language, f"temperature_{_other(side)}",
                           words=case.text[slice(*span)], colours=listed(colours, case.language))  # fmt: skip


def _side(names: frozenset[str]) -> str:
    return next((side for side in _SIDES if names <= set(lexicon("temperature")["colours"][side])), "")


@cache
def _claims(language: Language, side: str) -> list[re.Pattern[str]]:
    """What says that colours are of this ``side``, where all of them are of the other one."""
    known: dict[str, Any] = lexicon("temperature")[language]
    colour = f"{_LETTERS[_other(side)]}{_FILLER}*"
    colours = f"{colour}(?:{known['joins']}{colour})*"
    parts = {"colours": colours, "any": f"[{''.join(_LETTERS.values())}]", "joins": known["joins"]}
    parts |= known["parts"] | known[side]

    def filled(pattern: str) -> str:
        return re.sub(r"%(\w+)%", lambda name: filled(parts[name[1]]), pattern)

    return [re.compile(filled(pattern), re.IGNORECASE) for pattern in known["claims"]]


def _other(side: str) -> str:
    return _SIDES[side == "warm"]
