"""What part a draft says that one colour takes, or several together or each: "red takes up half"."""

from collections.abc import Iterator

from drafting.check.case import Case
from drafting.check.colour_claims import ColourClaim, colour_claims, shares_of, with_share
from drafting.check.flag import Flag, flag, listed

# In points. A part in words is right within so many; "more than" it begins, and "less than" it ends, so many
# on its other side; "and a bit" (三成多) reaches to the next tenth, or of other parts so far.
_TOLERANCE, _BESIDE, _TENTH, _BIT = 9.0, 3.0, 10.0, 17.0
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
            colours = listed(
                [with_share(one, shares[one], case.language) for one in claim.named], case.language
            )
            words = case.text[slice(*claim.match.span("told"))]
            yield flag("number", claim.span, case.language, "share_of", words=words, colours=colours)


def in_share_claim(case: Case, at: int) -> bool:
    """Whether a part that stands there is said of colours named with it, and judged here."""
    return any(claim.span[0] <= at < claim.span[1] for claim in colour_claims(case, ("share",)))


def _bounds(claim: ColourClaim) -> tuple[float, float]:
    """Between what a share lies of which this is said, in points."""
    bound = claim.match.groupdict().get
    part = claim.match["part"].lower().replace("-", " ")
    tenths = part.endswith(("成", "成半"))
    value = _value(part)
    if bound("more") or bound("above"):
        return value - _BESIDE, 100.0
    if bound("bit"):
        return value - _BESIDE, value + (_TENTH if tenths else _BIT) + _BESIDE
    if bound("less"):
        return 0.0, value + _BESIDE
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
