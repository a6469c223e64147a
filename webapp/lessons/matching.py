"""Whose drawing is this? Told by the photo's file name, in letters, characters or pinyin, or by the
roster's order.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from webapp.lessons.naming import usual_call
from webapp.lessons.tables import Student

_HAN = re.compile(r"[\u3400-\u9fff]")
_TOKEN = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def by_filename(filename: str, students: Sequence[Student]) -> Student | None:
    """The student whose name the file bears. The longest name wins; when two fit equally well, nobody is
    guessed.
    """
    stem = PurePath(filename.replace("\\", "/")).stem
    best: list[Student] = []
    longest = 0
    for student in students:
        length = max((len(key) for key in _keys(student) if _bears(stem, key)), default=0)
        if length > longest:
            best, longest = [student], length
        elif length and length == longest:
            best.append(student)
    return best[0] if len(best) == 1 else None


def in_order(free: int, students: Sequence[Student], taken: set[str]) -> list[Student | None]:
    """For ``free`` drawings without a student, in their order: the students who have none yet, in theirs."""
    waiting: list[Student | None] = [student for student in students if student.id not in taken]
    return (waiting + [None] * free)[:free]


def _bears(stem: str, key: str) -> bool:
    """Chinese names may stand anywhere; Latin ones only as whole words, together or written as one."""
    if _HAN.search(key):
        return key in unicodedata.normalize("NFKC", stem)
    tokens, wanted = list(_tokens(stem)), list(_tokens(key))
    size = len(wanted)
    return "".join(wanted) in tokens or any(
        tokens[i : i + size] == wanted for i in range(len(tokens) - size + 1)
    )


def _keys(student: Student) -> set[str]:
    """All the ways in which a file may be named after the child, e.g. 王小雨, 小雨, wang xiaoyu, xiaoyu
    wang, xiao yu.
    """
    names = {student.name, student.called, usual_call(student.name)} - {""}
    keys = set(names)
    for name in names:
        if _HAN.search(name):
            keys.update(_pinyin(name))
        elif len(words := list(_tokens(name))) > 1:
            keys.update({" ".join(reversed(words)), words[0]})
    return {key for key in keys if len(key) > 1}


def _pinyin(name: str) -> Iterator[str]:
    from pypinyin import lazy_pinyin  # its dictionaries take a moment to load

    syllables = lazy_pinyin(name)
    yield " ".join(syllables)
    given = lazy_pinyin(usual_call(name))
    if len(given) < len(syllables):
        surname = "".join(syllables[: len(syllables) - len(given)])
        yield from (f"{surname} {''.join(given)}", f"{''.join(given)} {surname}", "".join(given))


def _tokens(text: str) -> Iterator[str]:
    """Words in small letters without accents; ``MiaChen`` is two words."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return (token.casefold() for token in _TOKEN.findall(plain))
