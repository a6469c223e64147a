"""Shares and counts that contradict the facts, or that nobody can know."""

import re
from collections.abc import Iterator

from drafting.check.case import Case
from drafting.check.colour import mentions, palette, said
from drafting.check.colour_claims import shares_of
from drafting.check.flag import Flag, flag
from drafting.check.share import in_share_claim
from drafting.check.things import thing_words
from prompts.context import as_number

# A spoken share is right within so many points, since nobody says 31%.
_TOLERANCE = {"percent": 5.0, "fraction": 9.0}
_ENGLISH = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
_CHINESE = {**{word: n for n, word in enumerate("零一二三四五六七八九十")}, "两": 2, "俩": 2, "仨": 3}
_NUMBER = {
    "en": r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)",
    "zh": r"(?:\d+|[两二三四五六七八九十]+)",
}
_PERCENT = {
    "en": re.compile(r"\b(\d+(?:\.\d+)?) ?(?:%|per ?cent\b)", re.IGNORECASE),
    "zh": re.compile(r"(\d+(?:\.\d+)?) ?%|百分之([零一二三四五六七八九十\d]+)"),
}
_SHEET_EN = r"(?:the|your|this) (?:\w+ )?(?:page|sheet|paper|picture|drawing|space)"
_FRACTIONS = {
    "en": [(rf"\bhalf (?:of )?{_SHEET_EN}", 50.0), (rf"\ba third of {_SHEET_EN}", 33.3),
           (rf"\btwo[- ]thirds of {_SHEET_EN}", 66.7),
           (rf"\ba quarter of {_SHEET_EN}", 25.0), (rf"\bthree[- ]quarters of {_SHEET_EN}", 75.0)],
    "zh": [(r"画面的?一半|一半的?画面|半张纸|半个画面", 50.0), (r"三分之一", 33.3), (r"三分之二", 66.7),
           (r"四分之一", 25.0), (r"四分之三", 75.0)],
}  # fmt: skip
_COLOUR_COUNT = {
    "en": re.compile(rf"\b({_NUMBER['en']}) (?:\w+ )?(?:colou?rs|hues)\b", re.IGNORECASE),
    "zh": re.compile(rf"({_NUMBER['zh']})[种个](?:主要的?)?(?:颜色|色彩|色)"),
}
_THINGS_ZH = "只个朵条棵座位匹头艘辆颗片张根块幅栋架盏群对双"
_COUNT_ZH = re.compile(rf"({_NUMBER['zh']})([{_THINGS_ZH}])")
_PARTS_ZH = re.compile(r"(?:部分|地方|方面|角度|步|层次|问题|建议|优点|小技巧|字|角|方向|想法|细节|亮点)")
_FIGURE_EN = r"(?:figures?|shapes|lines|people|animals|flowers|trees|circles|dots|birds)"


def check_number(case: Case) -> Iterator[Flag]:
    """Flags shares that nothing measured has, counts of colours that are not so, and counts nobody noted."""
    taken: list[tuple[int, int]] = []
    for found in (*_shares(case), *_colour_counts(case), *_ages(case), *_counts(case), *_bare(case)):
        span, problem = found
        if not any(span[0] < end and start < span[1] for start, end in taken):
            taken.append(span)
            if problem and not case.suggested_at(span[0]):
                yield problem


Found = tuple[tuple[int, int], Flag | None]


def _shares(case: Case) -> Iterator[Found]:
    claims = [
        (match.span(), _value(match[1] or match[match.lastindex or 1]), "percent")
        for match in _PERCENT[case.language].finditer(case.plain)
    ]
    for pattern, value in _FRACTIONS[case.language]:
        claims += [
            (match.span(), value, "fraction") for match in re.finditer(pattern, case.plain, re.IGNORECASE)
        ]
    facts = case.context.facts
    shares = {name: 100 * share for name, share in shares_of(case).items()}
    coverage = as_number(facts.get("coverage"))
    others = [] if coverage is None else [100 * coverage, 100 - 100 * coverage]
    for span, value, kind in claims:
        words = case.text[span[0] : span[1]]
        colour = _colour_near(case, span)
        if colour in shares:
            right = abs(shares[colour] - value) <= _TOLERANCE[kind]
            reason, values = (
                "share_colour",
                {"colour": said(colour, case.language), "share": round(shares[colour])},
            )
            if case.language == "en":
                values["colour"] = str(values["colour"]).capitalize()
        else:
            right = any(abs(share - value) <= _TOLERANCE[kind] for share in (*shares.values(), *others))
            reason, values = "share", {}
        right = right or (kind == "fraction" and in_share_claim(case, span[0]))
        yield span, None if right else flag("number", span, case.language, reason, words=words, **values)


def _colour_near(case: Case, span: tuple[int, int]) -> str:
    """The colour that a share is said of: the nearest one named in the same clause, after it or before it."""
    clause_start = max(
        (m.end() for m in re.finditer(r"[,;.!?，；。！？、]", case.text[: span[0]])), default=0
    )
    end = re.search(r"[,;.!?，；。！？、]", case.text[span[1] :])
    clause_end = span[1] + end.start() if end else len(case.text)
    named = [
        (min(abs(at[0] - span[1]), abs(span[0] - at[1])), sorted(names)[0])
        for at, names in mentions(case.text, case.language)
        if clause_start <= at[0] and at[1] <= clause_end
    ]
    return min(named)[1] if named else ""


def _colour_counts(case: Case) -> Iterator[Found]:
    names = palette(case.context.facts)
    for match in _COLOUR_COUNT[case.language].finditer(case.plain):
        # "two colours" of a drawing with five may be the two that the sentence is about.
        wrong = bool(names) and _value(match[1]) > len(names)
        yield match.span(), flag("number", match.span(), case.language, "colour_count", n=len(names),
                                 words=match[1]) if wrong else None  # fmt: skip


def _ages(case: Case) -> Iterator[Found]:
    pattern = r"(\d+)[ \-]years?[ \-]old" if case.language == "en" else r"(\d+) ?岁"
    for match in re.finditer(pattern, case.plain, re.IGNORECASE):
        age = case.context.age
        if age is None:
            yield match.span(), flag("unknowable", match.span(), case.language, "number", words=match[1])
        else:
            wrong = int(match[1]) != age
            problem = (
                flag("number", match.span(), case.language, "age", age=age, words=match[1]) if wrong else None
            )
            yield match.span(), problem


def _counts(case: Case) -> Iterator[Found]:
    if case.language == "zh":
        for match in _COUNT_ZH.finditer(case.plain):
            if not _PARTS_ZH.match(case.plain, match.end()):
                yield match.span(), _unless_noted(case, match.span(), match[1], f"{match[1]}{match[2]}")
        return
    pattern = rf"\b({_NUMBER['en']}) (?:\w+ )?({thing_words('en')}|{_FIGURE_EN})"
    for match in re.finditer(pattern, case.plain, re.IGNORECASE):
        yield match.span(), _unless_noted(case, match.span(), match[1], match[1])


def _bare(case: Case) -> Iterator[Found]:
    """Any other figure: a draft has no use for one that nobody gave."""
    for match in re.finditer(r"(?<![\w./])\d+(?:\.\d+)?(?![\w/])", case.plain):
        yield match.span(), _unless_noted(case, match.span(), match[0], match[0], reason="number")


def _unless_noted(
    case: Case, span: tuple[int, int], number: str, words: str, reason: str = "count"
) -> Flag | None:
    """None when the teacher's words have the same number, in figures or letters."""
    value = _value(number)
    noted = {_value(word) for word in re.findall(rf"{_NUMBER[case.language]}", case.known, re.IGNORECASE)}
    if value in noted:
        return None
    return flag(
        "number",
        span,
        case.language,
        reason,
        words=case.text[span[0] : span[1]] if reason == "count" else words,
    )


def _value(word: str) -> float:
    """The number that a word means; -1 for none."""
    if re.fullmatch(r"\d+(?:\.\d+)?", word):
        return float(word)
    if word.lower() in _ENGLISH:
        return float(_ENGLISH[word.lower()])
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return float(_CHINESE.get(word, -1))
    return 10.0 * _CHINESE.get(tens or "一", 1) + _CHINESE.get(ones or "零", 0)
