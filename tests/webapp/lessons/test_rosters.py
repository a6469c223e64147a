import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.lessons.rosters import NotTextError, Problem, Row, parse_csv, parse_list

YEAR = 2026


def test_a_pasted_list_with_and_without_years() -> None:
    roster = parse_list(
        "Ava\n1. Ben Ash, 2017\n2、王小雨 2016年\n- Chloe (2018)\n\n赵可欣，2015\n"
        "Daniel\t2019-03-02\n3 Ella\n",
        YEAR,
    )
    assert roster.rows == [
        Row("Ava"),
        Row("Ben Ash", 2017),
        Row("王小雨", 2016),
        Row("Chloe", 2018),
        Row("赵可欣", 2015),
        Row("Daniel", 2019),
        Row("Ella"),
    ]
    assert not roster.problems


def test_a_single_character_is_no_name() -> None:
    roster = parse_list("雨\nJ, 2017\n陈雨", YEAR)
    assert roster.rows == [Row("陈雨")]
    assert [(p.line, p.trouble) for p in roster.problems] == [(1, "too-short"), (2, "too-short")]


def test_what_cannot_be_read_comes_back_with_its_line() -> None:
    roster = parse_list(f"Ava\nava\nBen, 1066\n, 2017\n{'x' * 81}\n1234\nCleo, soon", YEAR)
    assert roster.rows == [Row("Ava")]
    assert [(p.line, p.trouble) for p in roster.problems] == [
        (2, "twice"),
        (3, "bad-year"),
        (4, "no-name"),
        (5, "too-long"),
        (6, "number-only"),
        (7, "bad-year"),
    ]
    assert roster.problems[1] == Problem(3, "Ben, 1066", "bad-year")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_headings(encoding: str, delimiter: str) -> None:
    text = (
        delimiter.join(("学号", "姓名", "出生日期"))
        + "\r\n"
        + delimiter.join(("7", "王小雨", "2016-05-01"))
        + "\r\n"
    )
    assert parse_csv(text.encode(encoding), YEAR).rows == [Row("王小雨", 2016)]


def test_csv_without_headings_and_with_two_name_columns() -> None:
    assert parse_csv(b"Ava,2017\nBen,\n", YEAR).rows == [Row("Ava", 2017), Row("Ben")]
    assert parse_csv(b"Last name,First name,Born\nChen,Mia,2018\n", YEAR).rows == [Row("Mia Chen", 2018)]
    assert parse_csv("姓,名\n王,小雨\n".encode(), YEAR).rows == [Row("王小雨")]
    assert parse_csv(b'"Chen, Mia",2018\n', YEAR).rows == [Row("Chen, Mia", 2018)]
    assert parse_csv(b"", YEAR).rows == []


def test_a_spreadsheet_is_no_csv() -> None:
    with pytest.raises(NotTextError):
        parse_csv(b"PK\x03\x04rest of an xlsx", YEAR)
    with pytest.raises(NotTextError):
        parse_csv(b"\xff\xff\xff\x81", YEAR)


names = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=2, max_size=12)


@given(
    st.lists(
        st.tuples(names, st.none() | st.integers(1990, YEAR)), unique_by=lambda r: r[0].casefold(), min_size=1
    )
)
def test_a_written_csv_reads_back(rows: list[tuple[str, int | None]]) -> None:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["Name", "Birth year"])
    writer.writerows(rows)
    roster = parse_csv(file.getvalue().encode("utf-8"), YEAR)
    assert roster.rows == [Row(*row) for row in rows]
    assert not roster.problems


@given(st.text(max_size=300))
def test_no_line_is_lost(text: str) -> None:
    roster = parse_list(text, YEAR)
    assert len(roster.rows) + len(roster.problems) == sum(bool(line.strip()) for line in text.splitlines())


@given(st.binary(max_size=300))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(NotTextError):
        parse_csv(data, YEAR)
