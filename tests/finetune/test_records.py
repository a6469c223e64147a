"""Feedback is read leniently where something is unknown, and a bad line is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.records import FeedbackError, read, record, with_final, write
from tests.finetune.teachers import line

LEAST: dict[str, Any] = {"schema": 1, "id": "a", "language": "en", "drafts": [{"text": "x"}], "final": "y"}


def test_what_a_line_leaves_out_is_unknown() -> None:
    one = record({**LEAST, "facts": None, "lesson": None, "student": {"age": "eight"}, "context": None})
    assert one.draft is None
    assert one.trains
    assert (one.context.facts, one.context.age, one.context.voice) == ({}, None, "")
    assert (one.context.audience, one.context.length) == ("student", "medium")
    assert not record({**LEAST, "student": {"id": "s1", "age": 8}}).trains  # whether they agreed is unknown


@pytest.mark.parametrize("said", [False, None, 0, 1, "", "false", "no", "true", [], {}])
def test_nothing_but_true_is_a_consent(said: object) -> None:
    assert not record({**LEAST, "training": said}).trains
    assert record({**LEAST, "training": True, "student": {"id": "s1"}}).trains


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    records = [record(line(id="a", final="yes")), with_final(record(line(id="b", final="so")), "no")]
    assert write(path, records) == 2
    assert list(read(path)) == records
    assert [one.line["final"] for one in read(path)] == ["yes", "no"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"schema": 2}, "schema 2"),
        ({"language": "fr"}, "neither en nor zh"),
        ({"chosen": 1}, "chosen is 1, of 1 drafts"),
        ({"drafts": None}, "line 3"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    path = tmp_path / "feedback.jsonl"
    path.write_text(f"{json.dumps(LEAST)}\n\n{json.dumps({**LEAST, **changes})}\n", encoding="utf-8")
    with pytest.raises(FeedbackError, match=r"feedback\.jsonl, line 3") as error:
        list(read(path))
    assert says in str(error.value)


def test_a_file_of_another_encoding_says_so_and_a_mark_before_utf_8_is_read(tmp_path: Path) -> None:
    path, line = tmp_path / "feedback.jsonl", json.dumps({**LEAST, "final": "很好"}, ensure_ascii=False)
    path.write_text(line, encoding="gb18030")
    with pytest.raises(FeedbackError, match=r"feedback\.jsonl, line 1: this is not in UTF-8"):
        list(read(path))
    path.write_text(line, encoding="utf-8-sig")
    assert [one.final for one in read(path)] == ["很好"]


def test_a_line_without_a_part_it_must_have(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    path.write_text('{"schema": 1, "id": "a", "language": "en", "drafts": []}\nno json\n', encoding="utf-8")
    with pytest.raises(FeedbackError, match="'final' is missing"):
        list(read(path))


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00Z"),
        ("2026-11-21T17:30:00.5+08:00", "2026-11-21T09:30:00Z"),
        ("2026-11-21", "2026-11-21T00:00:00Z"),
        ("last week", ""),
        ("0001-01-01T00:00:00+08:00", ""),
        (None, ""),
    ],
)
def test_times_are_told_in_one_way_so_that_they_can_be_compared(told: str | None, read: str) -> None:
    assert record({**LEAST, "accepted_at": told}).accepted_at == read
