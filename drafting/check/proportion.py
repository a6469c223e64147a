"""How much of the colour a draft says that some of them are, and which it calls equal."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from drafting.check.case import Case
from drafting.check.colour import mentions, said
from drafting.check.colour_claims import shares_of
from drafting.check.flag import Flag, flag
from drafting.check.sentences import Sentence
from drafting.check.share import in_share_claim
from prompts.vocabulary import Language

_Named = tuple[tuple[int, int], float]
"""Where a text names a colour, and the colour's share in points."""

# A share in words is right within so many points.
_TOLERANCE = 9.0
# Equal are neighbours of a list that lie as close as that, so that both are the same share in words; all of a
# list lies within the second figure. What is only said to be near may differ by that much at every step. Of
# large shares so small a part makes no difference.
_EQUAL, _NEAR, _NO_DIFFERENCE = 5.0, 9.0, 0.15
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
# ``alone``: what is said so only of colours that are listed with it, since much else can be equal.
_SAME = {
    "en": re.compile(
        r"\b(?:in|at) (?:nearly |almost |roughly |about )?equal "
        r"(?:parts?|shares?|measures?|amounts?|strength)"
        r"|\bequally\b(?! (?:bright|dark|light|deep|clear|fine|warm|cool|good|careful|bold|vivid|important))"
        r"|\bshares? (?:\w+ ){0,4}evenly\b"
        r"|\b(?:nearly|almost|about) the same (?:amount|share)|(?P<near>\bclose (?:behind|second)\b)"
        r"|(?P<alone>\b(?:(?:nearly|almost|roughly|about|close to) )?equal\b"
        r"(?: (?:parts?|shares?|measures?|amounts?)\b)?|\bthe same (?:amount|share)\b)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?P<near>(?<=色)(?:用量|分量|用得)?(?:接近|相近))(?![一二三四五六七八九半])"
        r"|(?<=色)(?:用量|分量|用得)?差不多(?![一二三四五六七八九半])"
        r"|(?:几乎|差不多|大致)?(?:一样[多少]|等量|平分|均分|势均力敌|份量相当|分量相当)"
        r"|(?P<alone>(?:几乎|差不多|大致)?(?:(?:用量|份量|分量|面积)?(?:几乎|大致)?相等|同样多|均等|旗鼓相当|不相上下"
        r"|(?:用量|面积)?相当(?=$|[，。；！、])))"
    ),
}
_NOT = {"en": re.compile(r"(?:\bnot|n't|\bnever)(?: (?:quite|at|all|yet|in))* $", re.IGNORECASE),
        "zh": re.compile(r"(?:不|没有?|并非)(?:完全|是|太)?$")}  # fmt: skip
# What may stand between colours and the word that calls them equal, where it is said of nothing else.
_ONLY = {
    "en": re.compile(
        r"(?:[ ,]+(?:which|that|all|both|two|three|four|of|them|are|were|is|have|had|has|hold|take|come"
        r"|appear|stand|share|used|here|now|also|an|with|in|at|the|very))*[ ,]*",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"[，这两三四种者颜色的都也占用得比例面积分份量]*"),
}
_OF_COLOURS = {
    "en": re.compile(r"\bcolou?r|\bpalette|\bhues?\b|\bshades?\b", re.IGNORECASE),
    "zh": re.compile("色"),
}
_AFTER = {"en": re.compile(r" ?of (?:the |your )?", re.IGNORECASE), "zh": re.compile("的")}


def check_proportion(case: Case) -> Iterator[Flag]:
    """Flags a share of the colour that neither one colour of the sentence nor several of them together have,
    where it is not said of some of them (``check_share``), and colours called equal that are not."""
    shares = {name: 100 * share for name, share in shares_of(case).items()}
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
            right = case.suggested_at(start) or _said_of(named, shares, least, most)
            if not right and not in_share_claim(case, start):
                yield flag("number", (start, end), case.language, "share", words=case.text[start:end])
        yield from _unequal(case, sentence, named, shares)


def _unequal(
    case: Case, sentence: Sentence, named: Sequence[_Named], shares: dict[str, float]
) -> Iterator[Flag]:
    """The colours that one sentence calls equal, or near one another, and that are not."""
    text, language = case.plain, case.language
    for match in _SAME[language].finditer(text, sentence.start, sentence.end):
        if case.suggested_at(match.start()) or _NOT[language].search(text, sentence.start, match.start()):
            continue
        listed = _listed_after(text, match.end(), named, language) or _listed_before(
            text, match.start(), named
        )
        near = bool(match["near"])
        if match["alone"] and not _says_of_colours(text, match.span(), named, language):
            continue
        if len(listed) > 1:
            right = _are_equal(listed, near)
        elif match["alone"] or not (named or _OF_COLOURS[language].search(sentence.text)):
            continue  # two halves of the sheet, or two arms
        else:
            # Any two neighbours may be meant: of those that the sentence names, or of the largest.
            sizes = [share for _, share in named] or sorted(shares.values(), reverse=True)[:2]
            right = len(sizes) < 2 or any(_are_equal(pair, near) for pair in pairwise(sizes))
        if not right:
            first, second = _two(case, listed or [share for _, share in named], shares)
            yield flag("number", match.span(), language, "unequal", first=first, second=second)


def _says_of_colours(text: str, span: tuple[int, int], named: Sequence[_Named], language: Language) -> bool:
    """Whether a colour stands right before the place, or right after it."""
    before = max((at[1] for at, _ in named if at[1] <= span[0]), default=None)
    said = before is not None and _ONLY[language].fullmatch(text, before, span[0])
    return bool(said or _listed_after(text, span[1], named, language))


def _are_equal(sizes: Sequence[float], near: bool) -> bool:
    """Whether each is near the next, and neither much of the other: 14% and 5% are not."""
    most = _NEAR if near else _EQUAL
    steps = [(min(pair), max(pair)) for pair in pairwise(sizes)]
    stepwise = all(
        high - low <= max(most, _NO_DIFFERENCE * low) and (high <= 1.7 * low or high - low <= 4)
        for low, high in steps
    )
    return stepwise and (near or max(sizes) - min(sizes) <= _NEAR)


def _listed_before(text: str, at: int, named: Sequence[_Named]) -> list[float]:
    """The shares of the last colours before ``at`` that are joined to a list: "a, b and c", a、b和c."""
    return _run(text, reversed([one for one in named if one[0][1] <= at]))[::-1]


def _listed_after(text: str, at: int, named: Sequence[_Named], language: Language) -> list[float]:
    """The same of what follows: "equal parts of a, b and c", 等量的a和b."""
    begins = _AFTER[language].match(text, at)
    later = [one for one in named if one[0][0] >= at]
    return _run(text, later) if begins and later and later[0][0][0] == begins.end() else []


def _run(text: str, named: Iterable[_Named]) -> list[float]:
    """The shares of the first of these colours that are joined to one another, and by one "and" at most: of
    "a, and b and c" the last two are a list, or the first two of "b and c and a"."""
    run: list[float] = []
    last: tuple[int, int] | None = None
    joined = False
    for place, share in named:
        if last is not None:
            between = text[min(last[1], place[1]) : max(last[0], place[0])]
            closes = bool(re.search(r"and|&|[和与及跟]", between))
            if not _JOINS.fullmatch(between) or (closes and joined):
                break
            joined = joined or closes
        run.append(share)
        last = place
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


def _said_of(named: Sequence[_Named], shares: dict[str, float], least: float, most: float) -> bool:
    """Whether any colour of the sentence, or the first few of them together, have such a share; a sentence
    without one speaks of any."""
    sizes = [share for _, share in named] or sorted(shares.values(), reverse=True)
    return any(least <= share <= most for share in (*sizes, *accumulate(sizes)))


def _two(case: Case, sizes: Sequence[float], shares: dict[str, float]) -> tuple[str, str]:
    """The largest and the least of the colours in question with their shares, for the reason."""
    meant = sizes if len(sizes) > 1 else sorted(shares.values(), reverse=True)[:2]
    by_share = {share: name for name, share in shares.items()}
    space = " " if case.language == "en" else ""
    first, second = (
        f"{said(by_share[size], case.language)}{space}{round(size)}%" for size in (max(meant), min(meant))
    )
    return first, second
