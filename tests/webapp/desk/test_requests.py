"""What the desk's scripts ask of the server, and what they are told."""

from html import unescape
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.conftest import Client
from tests.factories import DraftFactory
from tests.webapp.conftest import TEXTS, Class, make_class
from webapp.desk.tables import Comment, Feedback, Instruction, Rewrite
from webapp.lessons.facts import fingerprint, known_facts
from webapp.lessons.tables import Consent, Drawing, DrawingState
from webapp.lessons.work import MOST_ROUNDS
from webapp.platform.tables import Job

MIA = TEXTS[0].replace("{student}", "Mia")


def put(teacher: Client, room: Class, **sent: Any) -> Any:
    return teacher.put(f"/desk/{room.drawings[0].id}/comment", json={"revision": 0, "seconds": 3, **sent})


def fresh(session: Session, room: Class) -> Drawing:
    session.expire_all()
    return session.get_one(Drawing, room.drawings[0].id)


def test_the_page_shows_the_names_and_the_database_never_holds_them(
    teacher: Client, room: Class, session: Session
) -> None:
    page = teacher.get(f"/desk/{room.drawings[0].id}").text
    assert "Mia, your orange cat" in page
    answer = put(teacher, room, text="Mia, look how Mia Chen's cat smiles.", draft=None).json
    assert answer["text"] == "Mia, look how Mia's cat smiles."
    session.expire_all()
    assert session.exec(select(Comment.text)).one() == "{student}, look how {student}'s cat smiles."


def test_a_name_among_the_subjects_is_not_stored_either(
    teacher: Client, room: Class, session: Session
) -> None:
    url = f"/desk/{room.drawings[0].id}"
    answer = teacher.post(f"{url}/subjects", json={"subjects": "Mia Chen, red mat"})
    assert 'value="Mia, red mat"' in answer.text
    assert fresh(session, room).subjects == ["{student}", "red mat"]
    assert "Drawing: Mia, red mat" in teacher.get(url).text


def test_saving_tells_what_is_doubtful(teacher: Client, room: Class) -> None:
    answer = put(teacher, room, text="Mia, your green cat sits in the centre of it.", draft=None).json
    marked = [text for text, reasons in answer["pieces"] if reasons]
    assert marked == ["green"]
    assert "orange" in answer["remarks"][0]


def test_two_windows_are_told_of_each_other(teacher: Client, room: Class) -> None:
    put(teacher, room, text="One for Mia.", draft=None)
    answer = put(teacher, room, text="Two.", draft=None)
    assert answer.status_code == 409
    assert (answer.json["text"], answer.json["revision"]) == ("One for Mia.", 1)


def test_accepting_saves_what_was_typed_last_and_leads_on(
    teacher: Client, room: Class, session: Session
) -> None:
    url, draft = f"/desk/{room.drawings[0].id}", room.drafts[0][0].id
    put(teacher, room, text=MIA, draft=draft)
    sent = {"text": MIA + " Well seen!", "draft": draft, "revision": 1, "seconds": 20}
    answer = teacher.post(f"{url}/accept", json=sent).json
    assert answer["next"] == f"/desk/{room.drawings[1].id}"
    assert teacher.post(f"{url}/accept", json={**sent, "revision": answer["revision"]}).status_code == 200
    session.expire_all()
    [feedback] = session.exec(select(Feedback)).all()
    assert feedback.record is not None
    assert feedback.record["final"] == TEXTS[0] + " Well seen!"
    assert (feedback.record["chosen"], feedback.record["seconds"]) == (0, 23)


def test_a_text_is_not_lost_when_another_window_accepted_meanwhile(teacher: Client, room: Class) -> None:
    url = f"/desk/{room.drawings[0].id}/accept"
    put(teacher, room, text="One for Mia.", draft=None)
    assert teacher.post(url, json={"revision": 1, "text": "One for Mia."}).status_code == 200
    answer = teacher.post(url, json={"revision": 1, "text": "Another, just typed."})
    assert (answer.status_code, answer.json["text"]) == (409, "One for Mia.")


def test_an_acceptance_sent_again_after_a_lost_answer_is_the_same(
    teacher: Client, room: Class, session: Session
) -> None:
    sent = {"revision": 0, "text": "Fine work, Mia.", "draft": None}
    for _time in range(2):
        answer = teacher.post(f"/desk/{room.drawings[0].id}/accept", json=sent)
        assert (answer.status_code, answer.json["revision"]) == (200, 2)
    assert len(session.exec(select(Feedback)).all()) == 1


def test_the_last_acceptance_leads_to_the_lesson(teacher: Client, room: Class, session: Session) -> None:
    for drawing in room.drawings[1:]:
        drawing.state = DrawingState.ACCEPTED
    answer = teacher.post(
        f"/desk/{room.drawings[0].id}/accept", json={"revision": 0, "text": "Fine work, Mia."}
    )
    assert answer.json["next"] == f"/lessons/{room.lesson.id}"


def test_nothing_is_not_accepted(teacher: Client, room: Class) -> None:
    answer = teacher.post(f"/desk/{room.drawings[0].id}/accept", json={"revision": 0, "text": " "})
    assert answer.status_code == 422
    assert "first" in answer.json["error"]


def test_a_draft_of_another_drawing_is_none_of_this_one(teacher: Client, room: Class) -> None:
    assert put(teacher, room, text="x", draft=room.drafts[1][0].id).json["draft"] is None


def test_reopening_and_restoring(teacher: Client, room: Class) -> None:
    url = f"/desk/{room.drawings[0].id}"
    put(teacher, room, text="One.", draft=None)
    put(teacher, room, text="Two.", draft=None, revision=1)
    teacher.post(f"{url}/accept", json={"revision": 2, "text": "Two."})
    assert teacher.post(f"{url}/reopen", json={"revision": 3}).json["state"] == "open"
    assert teacher.post(f"{url}/restore", json={"revision": 4, "number": 1}).json["text"] == "One."
    assert teacher.post(f"{url}/restore", json={"revision": 5, "number": 99}).status_code == 404
    assert "One." in teacher.get(f"{url}/history").text


def test_an_instruction_asks_for_drafts_and_stays_out_of_the_comment(
    teacher: Client, room: Class, session: Session
) -> None:
    url = f"/desk/{room.drawings[0].id}/instruct"
    assert teacher.post(url, json={"instruction": "mention Mia's mat"}).status_code == 202
    assert fresh(session, room).state is DrawingState.DRAFTING
    assert session.exec(select(Instruction.text)).one() == "mention {student}'s mat"
    assert session.exec(select(Job.kind)).one() == "draft"
    again = teacher.post(url, json={"instruction": "shorter"})
    assert again.status_code == 409
    assert "being drafted" in again.json["error"]


def test_without_consent_no_model_is_asked(teacher: Client, room: Class, session: Session) -> None:
    room.students[0].processing = Consent.NONE
    answer = teacher.post(f"/desk/{room.drawings[0].id}/instruct", json={"instruction": ""})
    assert answer.status_code == 409
    assert "consent of Mia Chen's guardian" in answer.json["error"]
    assert session.exec(select(Job)).all() == []


@pytest.mark.parametrize("consent", [Consent.NONE, Consent.WITHDRAWN])
def test_a_missing_consent_names_the_student_and_leads_to_where_it_is_recorded(
    teacher: Client, room: Class, consent: Consent
) -> None:
    mia, url = room.students[0], f"/desk/{room.drawings[0].id}"
    said = "No consent of Mia Chen's guardian"
    assert said not in teacher.get(url).text
    mia.processing = consent
    for page in (teacher.get(url).text, teacher.get(f"{url}/drafts").text):
        assert f'<a href="/students/{mia.id}">' in page.partition(said)[2]
    failed = unescape(teacher.post(f"{url}/again", follow_redirects=True).text)
    assert failed.count(said) == 2  # as the answer, and beside the drafts


def test_the_sentence_with_the_cursor_is_asked_for(teacher: Client, room: Class, session: Session) -> None:
    text = "Mia, what a cat! It sits in the middle. Look again."
    asked = teacher.post(
        f"/desk/{room.drawings[0].id}/sentence", json={"text": text, "at": text.index("middle")}
    )
    session.expire_all()
    rewrite = session.exec(select(Rewrite)).one()
    assert rewrite.text[rewrite.start : rewrite.end] == "It sits in the middle."
    assert teacher.get(asked.json["url"]).json["done"] is False
    rewrite.options = ["It rests in the middle, {student}."]
    session.add(rewrite)
    assert teacher.get(asked.json["url"]).json == {
        "done": True,
        "sentence": "It sits in the middle.",
        "options": ["It rests in the middle, Mia."],
    }


def test_turning_keeps_quarter_turns(teacher: Client, room: Class, session: Session) -> None:
    url = f"/desk/{room.drawings[0].id}/turn"
    assert "v=3" in teacher.post(url, json={"by": -1}).json["drawing"]
    assert fresh(session, room).turned == 3
    teacher.post(url, json={"by": 1})
    teacher.post(url, json={"by": 90})
    assert fresh(session, room).turned == 0


def test_correcting_shows_the_facts_anew(teacher: Client, room: Class) -> None:
    url = f"/desk/{room.drawings[0].id}/facts"
    assert "Corrected by you" in teacher.post(url, json={"fact": "place", "value": "left"}).text
    refused = teacher.post(url, json={"fact": "place", "value": "nowhere"})
    assert refused.status_code == 422
    assert "nowhere" in refused.json["error"]
    assert "Corrected by you" not in teacher.post(url, json={}).text


OUTDATED = "written before you changed"


@pytest.mark.parametrize(
    ("path", "change", "back"),
    [
        ("subjects", {"subjects": "dog, rug"}, {"subjects": "cat, mat"}),
        ("facts", {"fact": "place", "value": "left"}, {}),
        ("turn", {"by": 1}, {"by": -1}),
    ],
)
def test_drafts_from_before_a_change_say_so_and_offer_others(
    teacher: Client, room: Class, session: Session, path: str, change: dict[str, Any], back: dict[str, Any]
) -> None:
    url = f"/desk/{room.drawings[0].id}"
    for draft in room.drafts[0]:
        draft.facts = fingerprint(known_facts(room.drawings[0]))
    assert OUTDATED not in teacher.get(url).text
    teacher.post(f"{url}/{path}", json=change)
    hint = teacher.get(f"{url}/drafts").text.partition(OUTDATED)[2]
    assert 'form="instruct">Draft again</button>' in hint
    teacher.post(f"{url}/{path}", json=back)
    assert OUTDATED not in teacher.get(f"{url}/drafts").text


def test_only_the_last_drafts_are_out_of_date_and_only_while_there_may_be_others(
    teacher: Client, room: Class
) -> None:
    drawing, url = room.drawings[0], f"/desk/{room.drawings[0].id}/drafts"
    for round_ in range(1, MOST_ROUNDS - 1):
        DraftFactory(drawing=drawing, round=round_, shown=0, facts="others")
    assert OUTDATED in teacher.get(url).text
    assert OUTDATED not in teacher.get(f"{url}?round=2").text
    DraftFactory(drawing=drawing, round=MOST_ROUNDS - 1, shown=0, facts="others")
    assert OUTDATED not in teacher.get(url).text  # it was drafted as often as it may be


@pytest.mark.parametrize(
    "palette",
    [
        "red",
        ["red"],
        [{}],
        [{"name": ["red"], "share": 1}],
        [{"name": "red"}],
        [{"name": "red", "share": "much"}],
        [{"name": "red", "share": 10**400}],
        [{"name": "red", "share": -1}],
    ],
)
def test_colours_that_cannot_be_read_are_answered_in_words(
    teacher: Client, room: Class, session: Session, palette: object
) -> None:
    url, sent = f"/desk/{room.drawings[0].id}/facts", {"fact": "palette", "value": palette}
    refused = teacher.post(url, json=sent)
    assert (refused.status_code, "Tick at least one" in refused.json["error"]) == (422, True)
    assert fresh(session, room).corrections == {}


@pytest.mark.parametrize("view", ["facts", "turn", "subjects", "sentence", "instruct"])
def test_what_is_no_object_is_not_understood(teacher: Client, room: Class, view: str) -> None:
    url = f"/desk/{room.drawings[0].id}/{view}"
    for sent in ([], "left", 3):
        answer = teacher.post(url, json=sent, headers={"Accept": "application/json"})
        assert (answer.status_code, "load the page anew" in answer.json["detail"]) == (400, True)


def test_whose_drawing_it_is(teacher: Client, room: Class, session: Session) -> None:
    url = f"/desk/{room.drawings[0].id}/student"
    teacher.post(url, json={"student": room.students[2].id})
    assert fresh(session, room).student_id == room.students[2].id
    assert teacher.post(url, json={"student": make_class().students[0].id}).status_code == 404
    teacher.post(url, json={"student": ""})
    assert fresh(session, room).student_id is None


def test_progress_counts_drawings(teacher: Client, room: Class, session: Session) -> None:
    room.drawings[2].state = DrawingState.DRAFTING
    answer = teacher.get(f"/desk/lesson/{room.lesson.id}/progress").json
    assert answer["busy"] is True
    assert "0 of 3 accepted" in answer["count"]
    assert [d["state"] for d in answer["drawings"]] == ["drafted", "drafted", "drafting"]


def test_the_lesson_opens_where_there_is_something_to_do(
    teacher: Client, room: Class, session: Session
) -> None:
    room.drawings[0].state = DrawingState.ACCEPTED
    answer = teacher.get(f"/desk/lesson/{room.lesson.id}")
    assert answer.location == f"/desk/{room.drawings[1].id}"


@pytest.mark.parametrize("state", ["received", "refused", "failed", "drafting", "measured"])
def test_every_state_has_a_page(teacher: Client, room: Class, session: Session, state: str) -> None:
    drawing = room.drawings[0]
    drawing.state = DrawingState(state)
    drawing.refusal = {"refused": "pdf", "failed": "drafting"}.get(state)
    if state in ("received", "refused"):
        drawing.facts = None
    page = teacher.get(f"/desk/{drawing.id}")
    assert page.status_code == 200
    said = {"refused": "This is a PDF", "failed": "Drafting failed", "received": "straightened"}
    assert said.get(state, "Drafts") in page.text


def test_another_studios_drawing_is_not_there(teacher: Client, room: Class) -> None:
    other = make_class().drawings[0].id
    assert teacher.get(f"/desk/{other}").status_code == 404
    assert teacher.put(f"/desk/{other}/comment", json={"text": "x", "revision": 0}).status_code == 404
