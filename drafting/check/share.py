"""What part a draft says that one colour takes, or several together or each: "red takes up half"."""

from collections.abc import Iterator

from drafting.check.case import Case
from drafting.check.colour import said
from drafting.check.colour_claims import ColourClaim, colour_claims, shares_of
from drafting.check.flag import Flag, flag, listed

# In points. A part in words is right within so many, "more than" begins and "less than" ends so many beyond
# it, and either reaches so far: to the next tenth, or of other parts to what has a name of its own.
_TOLERANCE, _BEYOND, _NEXT_TENTH, _NEXT_PART = 9.0, 3.0, 10.0, 17.0
_DIGITS = "零一二三四五六七八九"
_PARTS = {"half": 50.0, "third": 100 / 3, "two thirds": 200 / 3, "quarter": 25.0, "three quarters": 75.0,
          "fifth": 20.0, "半": 50.0, "半数": 50.0}  # fmt: skip


def check_share(case: Case) -> Iterator[Flag]:
    """Flags each part that the colours named with it do not have: each of them, where it is said of each,
    else each or all together."""
    shares = shares_of(case)
    for claim in colour_claims(case, ("share",)):
        sizes = [100 * shares[name] for name in claim.named]
        least, most = _bounds(claim)
        each = all(least <= size <= most for size in sizes)
        if not each and (claim.match["each"] or not least <= sum(sizes) <= most):
            colours = listed([_with_share(case, one, shares[one]) for one in claim.named], case.language)
            words = case.text[slice(*claim.match.span("told"))]
            yield flag("number", claim.span, case.language, "share_of", words=words, colours=colours)


def is_judged(case: Case, at: int) -> bool:
    """Whether the part said there is said of colours named with it, so that nobody need look whose it is."""
    return any(claim.span[0] <= at < claim.span[1] for claim in colour_claims(case, ("share",)))


def _bounds(claim: ColourClaim) -> tuple[float, float]:
    """Between what a share lies of which this is said, in points."""
    said_with = claim.match.groupdict().get
    part = claim.match["part"].lower().replace("-", " ")
    tenths = part.endswith(("成", "成半"))
    value = _value(part)
    reach = _NEXT_TENTH if tenths else _NEXT_PART
    if said_with("open"):
        return value - _BEYOND, 100.0
    if said_with("more") or said_with("over"):
        return value - _BEYOND, value + reach + _BEYOND
    if said_with("less"):
        return value - reach - _BEYOND, value + _BEYOND
    return value - _TOLERANCE, value + _TOLERANCE


def _value(part: str) -> float:
    """The points that a part means: 两成 is 20, 一成半 is 15, 四分之三 is 75."""
    part = part.replace("两", "二")
    if part in _PARTS:
        return _PARTS[part]
    if "分之" in part:
        of, many = part.split("分之")
        return 100 * _DIGITS.index(many) / _DIGITS.index(of)
    return 10.0 * _DIGITS.index(part[0]) + 5 * part.endswith("半")


def _with_share(case: Case, name: str, share: float) -> str:
    space = " " if case.language == "en" else ""
    return f"{said(name, case.language)}{space}{round(100 * share)}%"
