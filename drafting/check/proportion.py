"""How much of the colour a draft says that some of them are, and which it calls equal."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from drafting.check.case import Case
from drafting.check.colour import mentions, said
from drafting.check.flag import Flag, flag
from prompts.context import as_number

# A share in words is right within so many points, and equal colours are as close as that.
_TOLERANCE, _EQUAL = 9.0, 9.0
_OF_COLOUR_EN = r"(?: of)?(?: (?:the|your|its|all the|{student}'s))? (?:colou?rs?|palette)"
_PARTS = {
    "en": [(r"(?:a |one )?half", 50.0), (r"(?:a |one )third", 33.3), (r"two[- ]thirds", 66.7),
           (r"(?:a |one )quarter", 25.0), (r"three[- ]quarters", 75.0)],
    "zh": [(r"一半|半数", 50.0), (r"三分之一", 33.3), (r"三分之二", 66.7),
           (r"四分之一", 25.0), (r"四分之三", 75.0),
           *((rf"{word}成", 10.0 * n) for n, word in enumerate("一二三四五六七八九", 1))],
}  # fmt: skip
_JOINS = re.compile(r"[\s,、和与及跟]*(?:and|&)?\s*")
_MORE_THAN = {"en": r"(?:more than|over|well over|above) ", "zh": r"(?:超过|过|多于)"}
_LESS_THAN = {"en": r"(?:less than|under|below) ", "zh": r"(?:不到|少于|不足)"}
_SAME = {
    "en": re.compile(
        r"\b(?:in|at) (?:nearly |almost |roughly |about )?equal "
        r"(?:parts?|shares?|measures?|amounts?|strength)"
        r"|\bequally\b|\b(?:nearly|almost|roughly|about) equal\b|\bshares? (?:\w+ ){0,4}evenly\b"
        r"|\b(?:nearly|almost|about) the same (?:amount|share)|\bclose (?:behind|second)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?<=色)(?:用量|分量|用得)?(?:差不多|接近|相近)(?![一二三四五六七八九半])|(?:几乎|差不多|大致)?(?:一样[多少]|等量|平分|均分|势均力敌|份量相当|分量相当)"
    ),
}


def check_proportion(case: Case) -> Iterator[Flag]:
    """Flags a share of the colour that neither one colour of the sentence nor several of them together have,
    and colours called equal that are not."""
    shares = {
        colour["name"]: 100 * (as_number(colour.get("share")) or 0)
        for colour in case.context.facts.get("palette") or ()
    }
    if not shares:
        return
    mentioned = [
        (at, shares[name])
        for at, names in mentions(case.plain, case.language)
        for name in sorted(names & shares.keys())[:1]
    ]
    for sentence in case.sentences:
        named = [(at, share) for at, share in mentioned if sentence.start <= at[0] < sentence.end]
        for (start, end), least, most in _claims(case, sentence.start, sentence.end):
            if not case.suggested_at(start) and not _said_of(named, shares, least, most):
                yield flag("number", (start, end), case.language, "share", words=case.text[start:end])
        for match in _SAME[case.language].finditer(case.plain, sentence.start, sentence.end):
            listed = _listed_before(case.plain, match.start(), named)
            sizes = [share for _, share in named] or sorted(shares.values(), reverse=True)[:2]
            # What is listed just before is all meant; otherwise any two neighbours of the sentence may be.
            pairs = list(pairwise(listed if len(listed) > 1 else sizes))
            equal = all if len(listed) > 1 else any
            unequal = bool(pairs) and not equal(_are_equal(a, b) for a, b in pairs)
            if unequal and not case.suggested_at(match.start()):
                first, second = _two(case, named, shares)
                yield flag("number", match.span(), case.language, "unequal", first=first, second=second)


def _are_equal(one: float, other: float) -> bool:
    """Near each other, and neither much of the other: 14% and 5% are not."""
    least, most = sorted((one, other))
    return most - least <= _EQUAL and (most <= 1.7 * least or most - least <= 4)


def _listed_before(text: str, at: int, named: Sequence[tuple[tuple[int, int], float]]) -> list[float]:
    """The shares of the last colours before ``at`` that are joined to a list: "a, b and c", a、b和c."""
    run: list[float] = []
    follows: int | None = None
    for (start, end), share in reversed([one for one in named if one[0][1] <= at]):
        if follows is not None and not _JOINS.fullmatch(text, end, follows):
            break
        run.insert(0, share)
        follows = start
    return run


def _claims(case: Case, start: int, end: int) -> Iterator[tuple[tuple[int, int], float, float]]:
    """Where a part of the colour is named, and between what bounds it then lies."""
    after = _OF_COLOUR_EN if case.language == "en" else ""
    before = rf"(?P<more>{_MORE_THAN[case.language]})?(?P<less>{_LESS_THAN[case.language]})?"
    for part, value in _PARTS[case.language]:
        for match in re.compile(rf"{before}(?:{part}){after}", re.IGNORECASE).finditer(
            case.plain, start, end
        ):
            if case.language == "zh" and not _colours_near(case, match.span()):
                continue  # half of what is not said: the sheet's share is asked of in ``check_number``
            least = value if match["more"] else value - _TOLERANCE
            most = value if match["less"] else value + _TOLERANCE
            if match["more"]:
                most = 100.0
            if match["less"]:
                least = 0.0
            yield match.span(), least, most


def _colours_near(case: Case, span: tuple[int, int]) -> bool:
    return any(abs(at[1] - span[0]) <= 4 or abs(at[0] - span[1]) <= 4 for at, _ in mentions(case.plain, "zh"))


def _said_of(
    named: Sequence[tuple[tuple[int, int], float]], shares: dict[str, float], least: float, most: float
) -> bool:
    """Whether any colour of the sentence, or the first few of them together, have such a share; a sentence
    without one speaks of any."""
    sizes = [share for _, share in named] or sorted(shares.values(), reverse=True)
    return any(least <= share <= most for share in (*sizes, *accumulate(sizes)))


def _two(
    case: Case, named: Sequence[tuple[tuple[int, int], float]], shares: dict[str, float]
) -> tuple[str, str]:
    """The two colours in question with their shares, for the reason."""
    sizes = [share for _, share in named[:2]] or sorted(shares.values(), reverse=True)[:2]
    by_share = {share: name for name, share in shares.items()}
    space = " " if case.language == "en" else ""
    first, second = (f"{said(by_share[size], case.language)}{space}{round(size)}%" for size in sizes[:2])
    return first, second
