"""Which colour a draft says there is most of, and which comes second, against the measured shares.

Only what is said of the whole drawing is judged. What may be said of a thing or of a part of the sheet ("in
the clouds, white leads", "the biggest red apple") is left alone, for nothing measures a part.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from drafting.check.case import Case
from drafting.check.colour import Mention, mentions, said
from drafting.check.flag import Flag, flag, lexicon, listed
from prompts.context import as_number
from prompts.vocabulary import Language

# Two shares that differ by less may be named in either order.
_TOLERANCE = 0.03
# "Mostly blue" counts what a reader would call blue, too.
_SHADES = {"blue": ("blue", "light blue")}
# Each mention becomes the letter and, for the rest of its place, the filler: so places in the text stay.
_LETTER, _FILLER = "\ue001", "\ue000"


def check_order(case: Case) -> Iterator[Flag]:
    """Flags each claim of ``order.yaml`` that the shares deny by more than the tolerance.

    Colours named together lead when no other is clearly larger than the smallest of them. A colour that only
    the paper has, or that only the teacher noted, has no share and is not judged; nor is a suggestion.
    """
    shares = {
        colour["name"]: as_number(colour.get("share")) or 0.0
        for colour in case.context.facts.get("palette") or ()
    }
    low = case.plain.lower()
    kinds = [kind for kind, cues in lexicon("order")[case.language]["cues"].items()
             if any(cue in low for cue in cues)]  # fmt: skip
    found = mentions(case.plain, case.language) if len(shares) > 1 and kinds else ()
    if not found:
        return
    text = case.plain
    for (start, end), _ in found:
        text = text[:start] + _LETTER + _FILLER * (end - start - 1) + text[end:]
    for kind in kinds:
        for pattern in _claims(case.language)[kind]:
            for match in pattern.finditer(text):
                span = match.span("claim")
                about = [names & shares.keys() for at, names in found if span[0] <= at[0] < span[1]]
                if not all(about) or case.suggested_at(span[0]) or _of_a_part(text, span, case.language):
                    continue
                # A word for several colours ("rust") means the one that is the largest.
                named = [max(names, key=lambda name: shares[name]) for names in about]
                if denied := _denied(kind, named, _named_before(case, text, found, span[0]), shares):
                    reason, names = denied
                    first, *rest = (_with_share(name, shares, case.language) for name in names)
                    yield flag("number", span, case.language, reason,
                               first=first, rest=listed(rest, case.language))  # fmt: skip


class _Before(NamedTuple):
    """The colours that a text names before some place, and those of them that it names together."""

    names: set[str]
    together: set[str]


def _named_before(case: Case, text: str, found: Sequence[Mention], at: int) -> _Before:
    earlier = [one for one in found if one[0][1] <= at]
    together: set[str] = set()
    for (one, names), (other, others) in pairwise(earlier):
        if _around(case.language)["joins"].fullmatch(text, one[1], other[0]):
            together |= names | others
    return _Before({name for _, names in earlier for name in names}, together)


def _denied(
    kind: str, named: list[str], before: _Before, shares: dict[str, float]
) -> tuple[str, list[str]] | None:
    """The reason's row and the colours that it tells of, or None where the claim may be true."""
    shades = {name: [name] for name in named}
    if kind == "mostly":
        shades = {name: [shade for shade in _SHADES.get(name, (name,)) if shade in shares] for name in named}
    least = min(sum(shares[shade] for shade in counted) for counted in shades.values())
    smallest = min(named, key=lambda name: shares[name])
    meant = {shade for counted in shades.values() for shade in counted}
    others = sorted(shares.keys() - meant, key=lambda name: -shares[name])
    larger = [name for name in others if _is_larger(shares[name], least)]
    if kind in ("lead", "mostly"):
        return ("order_less", [larger[0], smallest]) if larger else None
    if others and not larger and before.names <= shares.keys() and _is_larger(least, shares[others[0]]):
        return "order_first", [max(named, key=lambda name: shares[name])]
    skipped = [name for name in larger if name not in before.names]
    if kind == "second" and len(larger) > 1 and not before.together.issuperset(larger):
        return "order_second", [smallest, *larger[:2]]
    return ("order_less", [skipped[0], smallest]) if kind == "next" and skipped and before.names else None


def _is_larger(one: float, other: float) -> bool:
    return one - other > _TOLERANCE + 1e-9


def _with_share(name: str, shares: dict[str, float], language: Language) -> str:
    percent = f"{round(100 * shares[name])}%"
    return f"{name} ({percent})" if language == "en" else f"{said(name, language)}（{percent}）"


def _of_a_part(text: str, span: tuple[int, int], language: Language) -> bool:
    """Whether the words around a claim tie it to something within the drawing: "in the sky, ..."."""
    around = _around(language)
    before = around["before"].search(text, 0, span[0])
    after = around["after"].match(text, span[1])
    return any(part and not around["whole"].search(part[0]) for part in (before, after))


@cache
def _around(language: Language) -> dict[str, re.Pattern[str]]:
    known: dict[str, Any] = lexicon("order")[language]
    patterns = known["around"] | {"joins": known["joins"]}
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in patterns.items()}


@cache
def _claims(language: Language) -> dict[str, list[re.Pattern[str]]]:
    """The patterns of each kind of claim."""
    known: dict[str, Any] = lexicon("order")[language]
    letters = {"colour": f"{_LETTER}{_FILLER}*", "any": f"[{_LETTER}{_FILLER}]"}
    parts: dict[str, str] = letters | known["parts"]

    def filled(pattern: str) -> str:
        return re.sub(r"%(\w+)%", lambda name: filled(parts[name[1]]), pattern)

    def either(patterns: Sequence[str], begins: str) -> list[re.Pattern[str]]:
        claim = filled(rf"{begins}(?P<claim>{'|'.join(patterns)})")
        return [re.compile(claim, re.IGNORECASE)] if patterns else []

    return {
        kind: either(rows["said"], parts["begins"]) + either(rows.get("anywhere", ()), "")
        for kind, rows in known["claims"].items()
    }
