"""What may teach is decided anew each night: by the guardian, by the studio."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from tests.factories import DrawingFactory, StudentFactory, StudioFactory
from tests.webapp.school.conftest import Teach
from webapp.accounts.tables import Language
from webapp.lessons.erasure import withdraw
from webapp.lessons.tables import Consent, Drawing
from webapp.platform.clock import now
from webapp.platform.db import reading_session
from webapp.school.collecting import Collected, collect


def collected(session: Session, path: Path, since=None) -> tuple[Collected, list[str]]:
    session.commit()
    with reading_session() as other:
        found = collect(other, path, Language.ENGLISH, since=since, until=now())
    return found, [json.loads(line)["final"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_old_and_new_in_the_order_of_time(session: Session, teach: Teach, tmp_path: Path) -> None:
    teach(1, record={"final": "new"})
    teach(1, record={"final": "old"}, at=now() - timedelta(days=40))
    teach(1, record={"final": "未来"}, at=now() + timedelta(days=1))
    teach(1, record={"final": "中文"}, language=Language.CHINESE)
    found, finals = collected(session, tmp_path / "school" / "f.jsonl", since=now() - timedelta(days=1))
    assert finals == ["old", "new"]
    assert (found.records, found.new) == (2, 1)
    assert (tmp_path / "school" / "f.jsonl").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "school").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["training", "processing"])
def test_a_consent_withdrawn_since_the_acceptance_wins(
    session: Session, teach: Teach, tmp_path: Path, kind
) -> None:
    child = StudentFactory()
    teach(2, child=child, record={"final": "withdrawn"})
    teach(1, record={"final": "stays"})
    withdraw(session, now(), child, kind)
    assert collected(session, tmp_path / "f")[1] == ["stays"]


def test_the_consent_is_asked_of_the_child_and_not_of_the_record_alone(
    session: Session, teach: Teach, tmp_path: Path
) -> None:
    child = StudentFactory()
    [one] = teach(1, child=child)
    child.training = Consent.NONE  # without the erasure that goes with a withdrawal
    session.add(child)
    assert collected(session, tmp_path / "f")[1] == []
    child.training = Consent.GRANTED
    sibling = StudentFactory(studio_id=child.studio_id, studio=None, training=Consent.NONE)
    drawing = session.get_one(Drawing, one.drawing_id)
    drawing.student_id = sibling.id  # said after the acceptance: it is the other child's
    session.add_all([child, drawing])
    assert collected(session, tmp_path / "f")[1] == []


def test_only_records_that_say_so_teach(session: Session, teach: Teach, tmp_path: Path) -> None:
    teach(1, record={"training": False})
    teach(1, record={"training": None})
    nobodys = teach(1)[0]
    nobodys.student_id = None
    gone = teach(1)[0]
    gone.record, gone.erased_at = None, now()
    session.add_all([nobodys, gone])
    assert collected(session, tmp_path / "f")[0].records == 0


def test_a_studio_that_keeps_its_comments_teaches_nobody_else(
    session: Session, teach: Teach, tmp_path: Path
) -> None:
    mine, theirs = StudioFactory(teaches_common=False), StudioFactory()
    teach(1, child=StudentFactory(studio=mine), record={"final": "ours alone"})
    teach(1, child=StudentFactory(studio=theirs), record={"final": "shared"})
    assert collected(session, tmp_path / "f")[1] == ["shared"]
    mine.teaches_common, theirs.teaches_common = True, False  # both change their minds
    session.add_all([mine, theirs])
    assert collected(session, tmp_path / "f")[1] == ["ours alone"]


def test_a_drawing_that_nobody_has_since_named_teaches_by_its_record(
    session: Session, teach: Teach, tmp_path: Path
) -> None:
    [one] = teach(1)
    drawing = session.get_one(Drawing, one.drawing_id)
    drawing.student_id = None
    session.add(drawing)
    DrawingFactory()
    assert collected(session, tmp_path / "f")[0].records == 1


def test_what_was_thought_better_of_does_not_teach_even_where_the_last_word_must_not(
    session: Session, teach: Teach, tmp_path: Path
) -> None:
    [first] = teach(1, record={"final": "first"})
    [again] = teach(1, record={"final": "again", "training": False}, at=now() - timedelta(hours=1))
    again.drawing_id = first.drawing_id
    session.add(again)
    assert collected(session, tmp_path / "f")[1] == []
    again.record = {**(again.record or {}), "training": True}
    session.add(again)
    assert collected(session, tmp_path / "f")[1] == ["again"]
    again.record, again.erased_at = None, now()
    session.add(again)
    assert collected(session, tmp_path / "f")[1] == ["first"]
