"""One drawing over the API: facts, drafts, and a comment that nobody overwrites unseen."""

from typing import Any

import pytest
from sqlmodel import Session, select

from tests.factories import DraftFactory, DrawingFactory, LessonFactory, StudentFactory
from tests.webapp.api.conftest import Caller
from tests.webapp.conftest import FACTS
from webapp.desk.tables import Comment, Draft, Feedback, Instruction, Revision
from webapp.lessons.tables import Consent, Drawing, DrawingState
from webapp.platform.tables import Job


@pytest.fixture
def drawing(api: Caller) -> Drawing:
    """Measured and drafted, of a student called Mia."""
    mia = StudentFactory(studio=api.studio, name="Mia Chen", called="Mia")
    made: Drawing = DrawingFactory(
        lesson=LessonFactory(studio=api.studio),
        student_id=mia.id,
        subjects=["cat"],
        facts=FACTS,
        state=DrawingState.DRAFTED,
    )
    for shown in (2, 0, 1):
        DraftFactory(drawing=made, round=0, shown=shown, text=f"{{student}}, the orange glows {shown}.")
    return made


def _drafts(session: Session, drawing: Drawing) -> list[Draft]:
    return list(session.exec(select(Draft).where(Draft.drawing_id == drawing.id).order_by(Draft.shown)))


def test_show(api: Caller, drawing: Drawing, session: Session) -> None:
    DraftFactory(drawing=drawing, round=1, shown=1, text="Second.")
    flag = {"span": [0, 5], "kind": "colour", "reason": "The drawing has no purple."}
    DraftFactory(drawing=drawing, round=1, shown=0, text="First.", flags=[flag])
    shown = api.get(f"/drawings/{drawing.id}").json
    assert (shown["state"], shown["reason"], shown["student"]) == ("drafted", None, drawing.student_id)
    assert shown["facts"] == {**FACTS, "subjects": ["cat"]}
    assert [(draft["text"], draft["shown"]) for draft in shown["drafts"]] == [("First.", 0), ("Second.", 1)]
    assert shown["drafts"][0]["flags"] == [flag]
    assert shown["comment"] is None
    assert "Mia" not in api.get(f"/drawings/{drawing.id}").text


def test_show_before_anything_is_known(api: Caller) -> None:
    drawing = DrawingFactory(lesson=LessonFactory(studio=api.studio))
    shown = api.get(f"/drawings/{drawing.id}").json
    assert (shown["state"], shown["facts"], shown["drafts"]) == (
        "received",
        {"schema": 1, "subjects": []},
        [],
    )


def test_what_stands_in_the_way_is_said(api: Caller, drawing: Drawing) -> None:
    drawing.state, drawing.refusal = DrawingState.FAILED, "measuring"
    reason = api.get(f"/drawings/{drawing.id}").json["reason"]
    assert reason["code"] == "measuring"
    assert "again" in reason["detail"]
    drawing.state, drawing.refusal = DrawingState.REFUSED, "truncated"
    assert "damaged" in api.get(f"/drawings/{drawing.id}").json["reason"]["detail"]


def test_no_consent(api: Caller, session: Session) -> None:
    child = StudentFactory(studio=api.studio, processing=Consent.NONE)
    drawing = DrawingFactory(
        lesson=LessonFactory(studio=api.studio), student_id=child.id, facts=FACTS, state=DrawingState.MEASURED
    )
    assert api.get(f"/drawings/{drawing.id}").json["reason"]["code"] == "no-consent"
    answer = api.post(f"/drawings/{drawing.id}/drafts", json={"instruction": "shorter"})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:vermilion:problem:not-drafted")
    assert "consent" in answer.json["detail"]
    session.rollback()
    assert session.exec(select(Instruction)).all() == []


def test_correct_facts(api: Caller, drawing: Drawing, session: Session) -> None:
    path = f"/drawings/{drawing.id}/facts"
    said = {"composition": {"place": "top left"}, "coverage": 0.25, "subjects": ["Mia", "red mat"]}
    shown = api.patch(path, json=said).json["facts"]
    assert (shown["composition"]["place"], shown["composition"]["balance"]) == ("top left", 0.8)
    assert "centre" not in shown["composition"]  # where it was measured contradicts the correction
    assert (shown["coverage"], shown["subjects"]) == (0.25, ["{student}", "red mat"])
    assert shown["palette"] == FACTS["palette"]
    palette = [{"name": "green", "share": 1}, {"name": "red", "share": 0.25, "hex": "#c8202c"}]
    shown = api.patch(path, json={"palette": palette}).json["facts"]
    assert [(c["name"], c["zh"], c["share"]) for c in shown["palette"]] == [
        ("green", "绿色", 0.8),
        ("red", "红色", 0.2),
    ]
    assert shown["coverage"] == 0.25
    session.expire_all()
    assert session.get_one(Drawing, drawing.id).facts == FACTS


def test_drafts_are_held_against_corrected_facts(api: Caller, drawing: Drawing) -> None:
    api.patch(f"/drawings/{drawing.id}/facts", json={"palette": [{"name": "green", "share": 1}]})
    drafts = api.get(f"/drawings/{drawing.id}").json["drafts"]
    assert all("colour" in {flag["kind"] for flag in draft["flags"]} for draft in drafts)


def test_facts_that_cannot_be(api: Caller, drawing: Drawing) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"coverage": 1.5}, "#/coverage"),
        ({"line": {"weight": "heavy"}}, "#/line/weight"),
        ({"colour": "red"}, "#/colour"),
        ({"composition": {"plaice": "top"}}, "#/composition/plaice"),
        ({"palette": []}, "#/palette"),
        ({"palette": [{"name": "green"}]}, "#/palette/0/share"),
        ({"coverage": None}, "#/coverage"),
        ({"subjects": ["x" * 41]}, "#/subjects/0"),
        ({"palette": [{"name": "octarine", "share": 1}]}, "#"),
        ({"composition": {"place": "the moon"}}, "#"),
    ]
    for said, pointer in cases:
        answer = api.patch(f"/drawings/{drawing.id}/facts", json=said)
        assert answer.status_code == 422, said
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert api.get(f"/drawings/{drawing.id}").json["facts"] == {**FACTS, "subjects": ["cat"]}


def test_what_is_wrong_with_a_fact_is_said_in_the_callers_language(api: Caller, drawing: Drawing) -> None:
    path, said = f"/drawings/{drawing.id}/facts", {"palette": [{"name": "octarine", "share": 1}]}
    english = api.patch(path, json=said).json["detail"]
    assert english.startswith("There is no colour called 'octarine'")
    chinese = api.patch(path, json=said, headers={"Accept-Language": "zh"}).json
    assert chinese["errors"][0]["detail"].startswith("没有叫 'octarine' 的颜色；可用的有：red")
    assert chinese["detail"] == chinese["errors"][0]["detail"]


def test_facts_before_measuring(api: Caller) -> None:
    drawing = DrawingFactory(lesson=LessonFactory(studio=api.studio))
    answer = api.patch(f"/drawings/{drawing.id}/facts", json={"coverage": 0.5})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:vermilion:problem:not-measured")
    assert api.patch(f"/drawings/{drawing.id}/facts", json={"subjects": ["sun"]}).status_code == 200


def test_drafts_before_measuring(api: Caller, session: Session) -> None:
    drawing = DrawingFactory(lesson=LessonFactory(studio=api.studio))
    told = api.post(f"/drawings/{drawing.id}/drafts", json={"instruction": "shorter"})
    assert (told.status_code, told.json["type"]) == (409, "urn:vermilion:problem:not-measured")
    assert api.post(f"/drawings/{drawing.id}/drafts", json={}).status_code == 202
    session.expire_all()
    assert session.get_one(Drawing, drawing.id).wanted


def test_draft_again(api: Caller, drawing: Drawing, session: Session) -> None:
    answer = api.post(f"/drawings/{drawing.id}/drafts", json={"instruction": "Tell Mia about the horizon"})
    assert (answer.status_code, answer.json["state"]) == (202, "drafting")
    told = session.exec(select(Instruction)).one()
    assert (told.text, told.author_id) == ("Tell {student} about the horizon", api.member.user_id)
    job = session.exec(select(Job)).one()
    assert (job.kind, job.args["instruction"], job.args["round"]) == ("draft", told.id, 1)
    busy = api.post(f"/drawings/{drawing.id}/drafts", json={})
    assert busy.status_code == 409
    assert len(session.exec(select(Job)).all()) == 1


def test_save_and_accept(api: Caller, drawing: Drawing, session: Session) -> None:
    path, draft = f"/drawings/{drawing.id}/comment", _drafts(session, drawing)[1]
    saved = api.put(path, json={"revision": 0, "draft": draft.id})
    assert saved.status_code == 200
    assert (saved.json["text"], saved.json["state"], saved.json["revision"]) == (draft.text, "open", 1)
    text = "Mia, the orange glows. Look at the quiet side."
    accepted = api.put(path, json={"revision": 1, "draft": draft.id, "text": text, "accept": True}).json
    assert accepted["text"] == "{student}, the orange glows. Look at the quiet side."
    assert (accepted["state"], accepted["draft"]) == ("accepted", draft.id)
    assert accepted["accepted_at"] is not None
    assert api.get(f"/drawings/{drawing.id}").json["comment"] == accepted
    session.expire_all()
    assert session.get_one(Drawing, drawing.id).state is DrawingState.ACCEPTED
    feedback = session.exec(select(Feedback)).one()
    assert feedback.record is not None
    assert (feedback.record["chosen"], feedback.record["final"]) == (1, accepted["text"])
    assert session.exec(select(Comment)).one().accepted_by == api.member.user_id


def test_sent_again_after_a_lost_answer(api: Caller, drawing: Drawing, session: Session) -> None:
    said = {"revision": 0, "text": "My own words for you.", "accept": True}
    first = api.put(f"/drawings/{drawing.id}/comment", json=said)
    again = api.put(f"/drawings/{drawing.id}/comment", json=said)
    assert (again.status_code, again.json) == (200, first.json)
    assert len(session.exec(select(Feedback)).all()) == 1


def test_a_stale_revision_changes_nothing(api: Caller, drawing: Drawing, session: Session) -> None:
    path = f"/drawings/{drawing.id}/comment"
    api.put(path, json={"revision": 0, "text": "The first."})
    current = api.put(path, json={"revision": 1, "text": "The second."}).json
    for revision in (0, 1, 7):
        answer = api.put(path, json={"revision": revision, "text": "Late.", "accept": True})
        assert (answer.status_code, answer.json["type"]) == (409, "urn:vermilion:problem:stale")
        assert answer.json["current"] == current
    assert api.get(f"/drawings/{drawing.id}").json["comment"] == current
    assert [row.text for row in session.exec(select(Revision).order_by(Revision.number))] == [
        "The first.",
        "The second.",
    ]


def test_stale_without_a_comment(api: Caller, drawing: Drawing) -> None:
    answer = api.put(f"/drawings/{drawing.id}/comment", json={"revision": 3, "text": "Late."})
    assert (answer.status_code, answer.json["current"]) == (409, None)


def test_taking_an_accepted_comment_up_again(api: Caller, drawing: Drawing, session: Session) -> None:
    path = f"/drawings/{drawing.id}/comment"
    accepted = api.put(path, json={"revision": 0, "text": "The first.", "accept": True}).json
    opened = api.put(path, json={"revision": accepted["revision"], "text": "The second."}).json
    assert (opened["state"], api.get(f"/drawings/{drawing.id}").json["state"]) == ("open", "drafted")
    api.put(path, json={"revision": opened["revision"], "text": "The second.", "accept": True})
    assert len(session.exec(select(Feedback)).all()) == 2


def test_comments_that_cannot_be(api: Caller, drawing: Drawing) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"text": "x"}, "#/revision"),
        ({"revision": 0}, "#/text"),
        ({"revision": 0, "text": ""}, "#/text"),
        ({"revision": 0, "text": "   "}, "#/text"),
        ({"revision": -1, "text": "x"}, "#/revision"),
        ({"revision": 0, "draft": "nobody"}, "#/draft"),
    ]
    for said, pointer in cases:
        answer = api.put(f"/drawings/{drawing.id}/comment", json=said)
        assert answer.status_code == 422, said
        assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert api.get(f"/drawings/{drawing.id}").json["comment"] is None


def test_another_drawings_draft(api: Caller, drawing: Drawing) -> None:
    draft = DraftFactory(drawing=DrawingFactory(lesson=LessonFactory(studio=api.studio)))
    answer = api.put(f"/drawings/{drawing.id}/comment", json={"revision": 0, "draft": draft.id})
    assert answer.json["errors"][0]["pointer"] == "#/draft"
