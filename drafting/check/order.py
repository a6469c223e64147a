"""In which order a draft says the colours come: the most, second, third, the least, and only a little."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from drafting.check.case import Case
from drafting.check.colour_claims import ColourClaim, are_joined, colour_claims, shares_of, with_share
from drafting.check.flag import Flag, flag, listed
from prompts.vocabulary import Language

# Two shares that differ by less may be named in either order.
_TOLERANCE = 0.03
# "Mostly blue" counts what a reader would call blue, too.
_SHADES = {"blue": ("blue", "light blue")}
# More than this is not "only a little".
_LITTLE = 0.2
# A writer knows the largest so many, and calls the last of these the least.
_TOLD = 4
_KINDS = ("lead", "mostly", "second", "next", "third", "least", "little")


def check_order(case: Case) -> Iterator[Flag]:
    """Flags each claim of an order that the shares deny by more than the tolerance.

    Colours named together lead when no other is clearly larger than the smallest of them.
    """
    shares = shares_of(case)
    for claim in colour_claims(case, _KINDS):
        if claim.kind in _OF_LITTLE and not claim.is_introduced:
            continue
        if denied := _denied(claim.kind, claim.named, _named_before(claim, case.language), shares):
            reason, names = denied
            first, *rest = (with_share(name, shares[name], case.language) for name in names)
            yield flag("number", claim.span, case.language, reason,
                       first=first, rest=listed(rest, case.language))  # fmt: skip


class _Before(NamedTuple):
    """The colours that a text names before some place, and those of them that it names together."""

    names: set[str]
    together: set[str]


def _named_before(claim: ColourClaim, language: Language) -> _Before:
    earlier = [one for one in claim.found if one[0][1] <= claim.span[0]]
    together: set[str] = set()
    for (one, names), (other, others) in pairwise(earlier):
        if are_joined(claim.text[one[1] : other[0]], language):
            together |= names | others
    return _Before({name for _, names in earlier for name in names}, together)


def _denied(
    kind: str, named: list[str], before: _Before, shares: dict[str, float]
) -> tuple[str, list[str]] | None:
    """The reason's row and the colours that it tells of, or None where the claim may be true."""
    if kind == "third":
        return _denied_third(named[0], before.names, shares)
    if kind in _OF_LITTLE:
        return _OF_LITTLE[kind](named, shares)
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


def _denied_least(named: list[str], shares: dict[str, float]) -> tuple[str, list[str]] | None:
    largest = max(named, key=lambda name: shares[name])
    among = sorted(shares, key=lambda name: -shares[name])[:_TOLD]
    smaller = [name for name in among if name not in named and _is_larger(shares[largest], shares[name])]
    return ("order_less", [largest, min(smaller, key=lambda name: shares[name])]) if smaller else None


def _denied_third(own: str, before: set[str], shares: dict[str, float]) -> tuple[str, list[str]] | None:
    if not before <= shares.keys():
        return None  # the paper's white may be one of the two
    others = sorted(shares.keys() - {own}, key=lambda name: -shares[name])
    if len(others) < 2 or _is_larger(shares[own], shares[others[1]]):
        return "order_third", [own]
    larger = [name for name in others if _is_larger(shares[name], shares[own])]
    return ("order_less", [larger[2], own]) if len(larger) > 2 else None


def _denied_little(named: list[str], shares: dict[str, float]) -> tuple[str, list[str]] | None:
    largest = max(named, key=lambda name: shares[name])
    return ("order_little", [largest]) if _is_larger(shares[largest], _LITTLE) else None


_OF_LITTLE = {"least": _denied_least, "little": _denied_little}


def _is_larger(one: float, other: float) -> bool:
    return one - other > _TOLERANCE + 1e-9
