"""Students' names written out, where ``{student}`` belongs."""

import re
from collections.abc import Collection, Iterator

from drafting.check.case import Case
from drafting.check.flag import Flag, flag

_TWO_CHARACTER_SURNAMES = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "司徒",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "长孙",
    "夏侯",
    "令狐",
)
_HAN = re.compile(r"[\u3400-\u9fff]")


def variants(name: str) -> set[str]:
    """How a person of that name is called: in full, by the given name, and in Chinese by its short forms."""
    name = " ".join(name.split())
    if not _HAN.search(name):
        given = name.split(" ")[0]
        return {form for form in (name, given) if len(form) > 1}
    han = name.replace(" ", "").replace("·", "")
    surname = next((two for two in _TWO_CHARACTER_SURNAMES if han.startswith(two) and len(han) > 2), han[:1])
    given = han.removeprefix(surname)
    forms = {han, given} if len(given) > 1 else {han}
    if given:
        forms |= {
            f"小{given[-1]}",
            f"阿{given[-1]}",
            f"{given[-1]}{given[-1]}",
            f"{surname}同学",
            f"{given}同学",
        }
    return {form for form in forms if len(form) > 1}


def check_names(case: Case, student_names: Collection[str]) -> Iterator[Flag]:
    """Flags each name of the roster, unless the teacher uses it for what is drawn (小雨, Violet)."""
    forms = {form for name in student_names for form in variants(name) if form.casefold() not in case.known}
    if not forms:
        return
    either = "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))
    for match in re.finditer(rf"(?<![A-Za-z])(?:{either})(?![A-Za-z])", case.text, re.IGNORECASE):
        # In English a name has a capital: "will" and "art" are words, Will and Art are children.
        if _HAN.search(match[0]) or match[0][0].isupper():
            yield flag("name", match.span(), case.language, words=match[0])
