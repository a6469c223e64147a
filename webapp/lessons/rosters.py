"""Class lists as teachers have them: pasted text and CSV files. What cannot be read is handed back, never
lost.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from webapp.lessons.naming import SHORTEST_NAME

LONGEST_NAME = 80
MOST_ROWS = 1000

Trouble = Literal["no-name", "too-short", "too-long", "bad-year", "twice", "too-many", "number-only"]


@dataclass(frozen=True)
class Row:
    name: str
    birth_year: int | None = None


@dataclass(frozen=True)
class Problem:
    """A line that was not taken, as it stood, and why."""

    line: int
    text: str
    trouble: Trouble


@dataclass
class Roster:
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class NotTextError(ValueError):
    """The file is not text in UTF-8 or GBK; a spreadsheet, perhaps."""


# "1.", "2)", "3、", "- ", "• " before a name
_BULLET = re.compile(r"^\s*(?:[-*•·]\s+|\(?\d{1,3}\s*[.)、．）]\s*|\d{1,3}\s+(?=\D))")
_SPLIT = re.compile(r"[,，;；\t|]+")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_YEAR_AT_END = re.compile(r"^(.*?\D)[\s(（]*((?:19|20)\d\d)\s*年?[\s)）]*$")

_NAME_HEADS = {"name", "student", "student name", "full name", "child", "pupil"}
_NAME_HEADS |= {"姓名", "名字", "学生", "学生姓名", "孩子"}
_FIRST_HEADS = {"first name", "firstname", "given name", "forename", "名"}
_LAST_HEADS = {"last name", "lastname", "surname", "family name", "姓"}
_YEAR_HEADS = {"birth year", "birthyear", "year of birth", "year", "born"}
_YEAR_HEADS |= {"birthday", "date of birth", "dob", "birth date"}
_YEAR_HEADS |= {"出生年", "出生年份", "年份", "出生日期", "生日", "出生"}


def parse_list(text: str, this_year: int) -> Roster:
    """One child a line: a name, and a birth year if you like (``Mia Chen, 2017``, ``王小雨 2016``)."""
    lines = ((number, line, _cells_of_line(line)) for number, line in enumerate(text.splitlines(), 1))
    return _collect(((n, raw, cells) for n, raw, cells in lines if raw.strip()), this_year)


def parse_csv(data: bytes, this_year: int) -> Roster:
    """A CSV file, with or without a line of headings, in UTF-8 or GBK, with commas, semicolons or tabs.

    Without headings the first column is the name and a four-figure year is looked for in the others. Raises
    ``NotTextError``.
    """
    text = _decode(data)
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    try:
        read = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:  # a cell of more than 128 KiB: no class list
        raise NotTextError from None
    table = [(number, row) for number, row in enumerate(read, 1) if any(row)]
    if not table:
        return Roster()
    heads = [cell.strip().casefold() for cell in table[0][1]]
    found = _columns(heads)
    rows = table[1:] if found else table
    return _collect(
        ((number, delimiter.join(row), found.pick(row) if found else _guess(row)) for number, row in rows),
        this_year,
    )


@dataclass(frozen=True)
class _Columns:
    name: tuple[int, ...]
    joint: str
    year: int | None

    def pick(self, row: Sequence[str]) -> tuple[str, str]:
        cells = [row[i].strip() for i in self.name if i < len(row)]
        year = row[self.year] if self.year is not None and self.year < len(row) else ""
        return self.joint.join(cell for cell in cells if cell), year


def _columns(heads: Sequence[str]) -> _Columns | None:
    """Where name and year stand, when the first line is one of headings."""
    year = next((i for i, head in enumerate(heads) if head in _YEAR_HEADS), None)
    if (name := next((i for i, head in enumerate(heads) if head in _NAME_HEADS), None)) is not None:
        return _Columns((name,), "", year)
    first = next((i for i, head in enumerate(heads) if head in _FIRST_HEADS), None)
    last = next((i for i, head in enumerate(heads) if head in _LAST_HEADS), None)
    if first is None:
        return None
    if heads[first] == "名":
        return _Columns((first,) if last is None else (last, first), "", year)
    return _Columns((first,) if last is None else (first, last), " ", year)


def _guess(row: Sequence[str]) -> tuple[str, str]:
    year = next((cell for cell in row[1:] if _YEAR.search(cell)), "")
    return row[0], year or next((cell for cell in row[1:] if cell.strip().isdigit()), "")


def _cells_of_line(line: str) -> tuple[str, str]:
    line = _BULLET.sub("", line, count=1)
    name, *rest = _SPLIT.split(line.strip(), maxsplit=1)
    if rest:
        return name, rest[0]
    match = _YEAR_AT_END.match(name)
    return (match[1].rstrip(" (（"), match[2]) if match else (name, "")


def _collect(lines: Iterable[tuple[int, str, tuple[str, str]]], this_year: int) -> Roster:
    roster, seen = Roster(), set[str]()
    for number, raw, (written, year_cell) in lines:
        name = " ".join(written.split())
        year, trouble = _year(year_cell, this_year)
        if not name:
            trouble = "no-name"
        elif len(name) < SHORTEST_NAME and name.isalpha():
            trouble = "too-short"
        elif len(name) > LONGEST_NAME:
            trouble = "too-long"
        elif not any(c.isalpha() for c in name):
            trouble = "number-only"
        elif name.casefold() in seen:
            trouble = "twice"
        elif len(roster.rows) >= MOST_ROWS:
            trouble = "too-many"
        if trouble:
            roster.problems.append(Problem(number, raw.strip(), trouble))
        else:
            seen.add(name.casefold())
            roster.rows.append(Row(name, year))
    return roster


def _year(cell: str, this_year: int) -> tuple[int | None, Trouble | None]:
    """A birth year out of ``2017``, ``2017年``, ``2017-05-01`` or ``01/05/2017``; an empty cell is no
    year.
    """
    if not cell.strip():
        return None, None
    match = _YEAR.search(cell)
    year = int(match[1]) if match else 0
    return (year, None) if this_year - 100 <= year <= this_year else (None, "bad-year")


def _decode(data: bytes) -> str:
    if b"\0" in data or data[:4] == b"PK\x03\x04":
        raise NotTextError
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise NotTextError
