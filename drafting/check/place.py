"""Places that a draft names and that are not where the drawing's weight lies."""

import re
from collections.abc import Iterator

from drafting.check.case import Case, blanked
from drafting.check.flag import Flag, flag
from prompts.vocabulary import Language, term

_SHEET = r"(?:page|paper|sheet|picture|drawing|painting|composition|work|image|scene|space)"
# "the middle of the mat" places things among each other; only a place on the sheet is measured.
_ON_THE_SHEET = rf"(?! of (?!(?:the|your|this|our|\{{student\}}'s) {_SHEET}\b))"
_IDIOMS = {
    "en": [r"top to bottom", r"bottom to top", r"left to right", r"right to left", r"from the top",
           r"on top of",
           r"cent(?:re|er) of (?:interest|attention|focus)",
           r"(?:the|on the) right (?:track|way|path|idea|foot|moment|time|place)\b"],
    "zh": ["中心思想", "中间色", "中间调", "从上到下", "从左到右", "从下到上", "从右到左", "正中下怀"],
}  # fmt: skip
_CLAIM = {
    "en": re.compile(
        rf"\b(?P<row>top|upper|bottom|lower)[ \-](?P<column>left|right)\b(?:[ \-]hand)?(?: corner| side)?"
        rf"{_ON_THE_SHEET}"
        rf"|\b(?:in|at|to|on|onto|towards?|near|into|along|across|from|fills?) the (?:very |far )?"
        rf"(?P<one>left|right|top|bottom|cent(?:re|er)|middle)\b(?![ \-](?:left|right)){_ON_THE_SHEET}"
        rf"|\b(?P<side>left|right)(?:-hand)? (?:side|half|edge|corner)\b{_ON_THE_SHEET}"
        rf"|\b(?P<band>top|bottom|upper|lower) (?:half|edge|part|third)\b{_ON_THE_SHEET}"
        r"|\b(?P<low>low(?: down)?|high(?: up)?) (?:on|in|across|at the (?:bottom|top) of) "
        rf"(?:the|your|this) {_SHEET}"
        r"|\b(?:weight|mass|drawing|composition|everything|picture|most of it) (?:\w+ )?"
        r"(?:lies|sits|rests|stays|is|hangs|stands) (?:very |quite |rather )?(?P<lie>low|high)\b"
        r"|\b(?P<mid>cent(?:red|ered)|centrally|central (?=place|position|figure|spot))",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?P<column>左|右)(?P<row>上|下)(?:角|方|侧|边|部)?"
        r"|(?P<side>左|右)(?:侧|边|半边|半部|方|面|半)"
        r"|(?P<band>上|下)(?:方|部|半部|半|端|缘)"
        r"|(?:构图|画面|整体|内容)偏(?P<lie>上|下|左|右)"
        r"|重心(?:稍微|略微|整体|全部|都|也)?(?:偏|靠|落|沉|压|放)?(?:在|得|向)?(?:很|偏|比较)?(?P<low>低|高|左|右)"
        r"|(?P<mid>画?正?中央|正中|居中|画面的?中[心间部]|[在放]中[心间])"
    ),
}
_WORDS = {
    "low": "bottom",
    "low down": "bottom",
    "high": "top",
    "high up": "top",
    "低": "bottom",
    "高": "top",
    "upper": "top",
    "lower": "bottom",
    "上": "top",
    "下": "bottom",
    "左": "left",
    "右": "right",
}


def check_place(case: Case) -> Iterator[Flag]:
    """Flags each place on the sheet that is not the measured one; "left" holds where that is "top left"."""
    measured = (case.context.facts.get("composition") or {}).get("place")
    text = blanked(case.plain, _IDIOMS[case.language])
    for match in _CLAIM[case.language].finditer(text):
        if case.language == "zh" and _beside_a_thing(case, match.start()):
            continue
        if _claimed(match) <= _parts(measured) or case.suggested_at(match.start()):
            continue
        words = match[0].strip()
        span = (match.start(), match.start() + len(words))
        if not measured:
            yield flag("unknowable", span, case.language, "place_guess", words=words)
        elif measured == "centre":
            yield flag("place", span, case.language, "place_centre", words=words)
        else:
            yield flag("place", span, case.language, place=_place(measured, case.language), words=words)


def _claimed(match: re.Match[str]) -> set[str]:
    found = [match.groupdict().get(name) for name in ("row", "column", "one", "side", "band", "low", "lie")]
    words = {_WORDS.get(word.lower(), word.lower()) for word in found if word}
    return {"centre" if word in ("center", "middle") else word for word in words} or {"centre"}


def _parts(place: str | None) -> set[str]:
    return set((place or "").split())


def _place(place: str, language: Language) -> str:
    try:
        return term("places", place, language)
    except KeyError:  # a place from a file that the vocabulary does not have
        return place


def _beside_a_thing(case: Case, at: int) -> bool:
    """小猫上方 places something beside the cat, not on the sheet."""
    before = case.text[:at].removesuffix("的")
    subjects = case.context.facts.get("subjects") or ()
    return any(
        subject and before.endswith(subject[-1]) and subject[-1] not in "画面纸张" for subject in subjects
    )
