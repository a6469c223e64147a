"""To whom a comment speaks: the student is named once in a sentence, and not as somebody who is not there."""

import re
from collections.abc import Iterator

from drafting.check.case import Case
from drafting.check.flag import Flag, flag
from drafting.check.sentences import STUDENT
from prompts.context import Audience
from prompts.vocabulary import Language

_SENTENCE_ENDS = re.compile(r"[.!?…。！？；\n]")
# What is said to somebody else: a parent may ask the child, the child cannot ask themselves.
_ASKED = {
    "en": re.compile(r"\b(?:ask|let|invite|encourage|remind) $", re.IGNORECASE),
    "zh": re.compile(r"(?:请|让|鼓励|提醒)$"),
}
# 请教 is to ask for advice, which nobody asks of the student.
_ADVICE = re.compile(r"请教$")
# Somebody who is to draw, and is not there. (To invite somebody into the picture is another matter.)
_STRANGERS = {
    "en": re.compile(
        r"(?:^|[.!?,;] )(?:next time, |you (?:could|might|can) )?(?P<asked>ask (?:someone|somebody|anyone))\b"
        r" to (?:add|draw|paint|finish|colou?r)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?P<asked>(?:可以|建议|下次)请(?:谁|某人|别人|[一几]?位[^，。！？]{0,3}|[一几]个[^，。！？]{0,3})来?帮?(?:在[^，。！？]{1,8})?)"
        r"(?:添|画|加|补|写|剪|贴)"
    ),
}


def misaddressed(before: str, audience: Audience, language: Language) -> str:
    """What is wrong with the student's name right after ``before``; else nothing.

    ``address_twice`` where the sentence has it already, ``address_advice`` where they are asked for advice,
    ``address_asked`` where the student, to whom all is said, is to be asked.
    """
    if STUDENT in _SENTENCE_ENDS.split(before)[-1]:
        return "address_twice"
    if _ADVICE.search(before):
        return "address_advice"
    return "address_asked" if audience == "student" and _ASKED[language].search(before) else ""


def check_address(case: Case) -> Iterator[Flag]:
    """Flags every name that is ``misaddressed``, and whoever is to be asked and is nobody."""
    for match in _STRANGERS[case.language].finditer(case.plain):
        yield flag("address", match.span("asked"), case.language, "address_stranger", words=match["asked"])
    for match in re.finditer(re.escape(STUDENT), case.text):
        before = case.text[: match.start()]
        if wrong := misaddressed(before, case.context.audience, case.language):
            yield flag("address", match.span(), case.language, wrong)
