"""Pages, API and tables take what the prompt has room for, no more and no less."""

import re
from typing import Any

import pytest
from sqlmodel import Session, select

from prompts.context import LIMITS, MOST
from tests.conftest import Client
from tests.webapp.conftest import Class
from webapp.api.inputs import FactsChange, NewDrafts, NewLesson
from webapp.desk.tables import Instruction, Rewrite
from webapp.lessons.tables import Lesson


@pytest.mark.parametrize("name", ["theme", "medium", "tone"])
def test_a_lesson_is_the_same_everywhere(teacher: Client, name: str) -> None:
    assert Lesson.__table__.columns[name].type.length == LIMITS[name]
    assert NewLesson.model_json_schema()["properties"][name]["maxLength"] == LIMITS[name]
    if name != "tone":  # which a page only offers to choose
        page = teacher.get("/lessons/new").text
        assert re.search(rf'<input[^>]*id="{name}"[^>]* maxlength="{LIMITS[name]}"', page)


def test_an_instruction_is_the_same_everywhere(teacher: Client, room: Class) -> None:
    longest = LIMITS["instruction"]
    assert Instruction.__table__.columns["text"].type.length == longest
    assert Rewrite.__table__.columns["instruction"].type.length == longest
    assert NewDrafts.model_json_schema()["properties"]["instruction"]["maxLength"] == longest
    page = teacher.get(f"/desk/{room.drawings[0].id}").text
    assert re.search(rf'id="instruction"[^>]* maxlength="{longest}"', page)


def test_lists_are_the_same_everywhere() -> None:
    criteria = NewLesson.model_json_schema()["properties"]["criteria"]
    assert (criteria["maxItems"], criteria["items"]["maxLength"]) == (MOST["criteria"], LIMITS["criterion"])
    subjects = FactsChange.model_json_schema()["$defs"]["Corrections"]["properties"]["subjects"]
    assert (subjects["maxItems"], subjects["items"]["maxLength"]) == (MOST["subjects"], LIMITS["subject"])


def test_a_form_takes_no_more_criteria_than_the_prompt(teacher: Client) -> None:
    plan: dict[str, Any] = {"title": "Saturday", "taught_on": "2026-11-21", "audience": "student"}
    plan |= {"tone": "warm", "length": "short", "language": "en", "criteria": ["colour", "line"]}
    own = [f"idea {n}" for n in range(MOST["criteria"] - 1)]
    page = teacher.post("/lessons/new", data={**plan, "own_criteria": ", ".join(own)})
    assert f"Choose at most {MOST['criteria']}" in page.text
    assert teacher.post("/lessons/new", data={**plan, "own_criteria": ", ".join(own[1:])}).status_code == 302


def test_a_name_that_grows_into_the_placeholder_still_fits(
    teacher: Client, room: Class, session: Session
) -> None:
    said = ("Mia " * 100)[: LIMITS["instruction"]]
    teacher.post(f"/desk/{room.drawings[0].id}/instruct", json={"instruction": said})
    stored = session.exec(select(Instruction.text)).one()
    assert stored.startswith("{student} {student}")
    assert len(stored) <= LIMITS["instruction"]
