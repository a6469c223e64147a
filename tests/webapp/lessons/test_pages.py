"""The lessons room as a teacher's browser sees it."""

import io
import re
from datetime import timedelta

import pytest
from sqlmodel import select

from tests.factories import (
    NOW,
    DrawingFactory,
    LessonFactory,
    MembershipFactory,
    StudentFactory,
    StudioFactory,
    UserFactory,
)
from tests.webapp.lessons.test_work import photo
from webapp.accounts.tables import Language, MemberRole
from webapp.desk.tables import PastComment
from webapp.lessons.edge import today
from webapp.lessons.students import change_student
from webapp.lessons.tables import Consent, Drawing, DrawingState, Lesson, Student
from webapp.platform.tables import Job

ANOTHER_TIME = "2026-11-14"


@pytest.fixture
def studio(session):
    return StudioFactory()


@pytest.fixture
def teacher(studio):
    user = UserFactory(language=Language.ENGLISH)
    MembershipFactory(studio=studio, user=user, role=MemberRole.OWNER)
    return user


@pytest.fixture
def browser(client, teacher):
    return client.sign_in(teacher)


@pytest.fixture
def lesson(studio, teacher):
    return LessonFactory(studio=studio, teacher_id=teacher.id)


PLAN = {
    "title": "  Saturday   group ",
    "theme": "My cat",
    "medium": "crayon",
    "taught_on": ANOTHER_TIME,
    "criteria": ["colour", "line"],
    "own_criteria": "whiskers, fur",
    "audience": "guardians",
    "tone": "plain",
    "length": "long",
    "language": "zh",
}


def test_a_lesson_is_planned_changed_and_repeated(browser, session) -> None:
    assert "Your first lesson" in browser.get("/lessons").text
    answer = browser.post("/lessons/new", data=PLAN)
    made = session.exec(select(Lesson)).one()
    assert answer.location == f"/lessons/{made.id}/photos"
    assert (made.title, made.criteria) == ("Saturday group", ["colour", "line", "whiskers", "fur"])
    assert (made.audience, made.language, made.length) == ("guardians", "zh", "long")

    page = browser.get(f"/lessons/{made.id}/edit").text
    assert 'value="whiskers, fur"' in page
    browser.post(f"/lessons/{made.id}/edit", data={**PLAN, "title": "Sunday group", "criteria": []})
    session.expire_all()
    assert session.exec(select(Lesson)).one().title == "Sunday group"

    assert 'value="Sunday group"' in browser.get("/lessons/new").text  # the next one is like the last
    browser.post(f"/lessons/{made.id}/again")
    assert len(session.exec(select(Lesson)).all()) == 2
    assert browser.get("/lessons").text.count("Sunday group") >= 2


def test_a_second_lesson_of_a_title_and_day_is_asked_about(browser, session) -> None:
    browser.post("/lessons/new", data=PLAN)
    [made] = session.exec(select(Lesson)).all()
    answer = browser.post("/lessons/new", data={**PLAN, "title": "saturday group", "theme": "Kites"})
    assert answer.status_code == 200
    assert "“Saturday group” is planned for this day already." in answer.text
    assert f'href="/lessons/{made.id}"' in answer.text
    assert 'value="Kites"' in answer.text  # nothing typed is lost
    assert len(session.exec(select(Lesson)).all()) == 1
    for more in ({"another": "1"}, {"taught_on": "2026-11-15"}, {"title": "Sunday group"}):
        assert browser.post("/lessons/new", data={**PLAN, **more}).status_code == 302
    assert len(session.exec(select(Lesson)).all()) == 4


def test_who_teaches_twice_on_a_day_is_not_offered_the_same_title(browser, session, studio, teacher) -> None:
    LessonFactory(studio=studio, teacher_id=teacher.id, title="Morning", taught_on=today(studio))
    page = browser.get("/lessons/new").text
    assert 'value="Morning"' not in page
    assert 'value="marker"' in page


def test_the_same_plan_again_on_one_day_is_told_apart(browser, session, studio, teacher) -> None:
    lesson = LessonFactory(studio=studio, teacher_id=teacher.id, title="Morning", taught_on=today(studio))
    for _ in range(2):
        browser.post(f"/lessons/{lesson.id}/again")
    assert sorted(session.exec(select(Lesson.title)).all()) == ["Morning", "Morning (2)", "Morning (3)"]


def test_a_lesson_without_title_or_date_says_so(browser) -> None:
    page = browser.post("/lessons/new", data={**PLAN, "title": " ", "taught_on": ""}).text
    assert "Give the lesson a title" in page
    assert "Choose the day" in page


def test_a_lesson_is_erased_with_its_drawings(browser, session, lesson) -> None:
    DrawingFactory(lesson=lesson)
    page = browser.post(f"/lessons/{lesson.id}/delete", follow_redirects=True).text
    assert "1 drawing are erased" in page or "its 1 drawing" in page
    session.expire_all()
    assert session.exec(select(Drawing)).all() == []
    assert session.exec(select(Job)).one().kind == "erase"


def send(browser, lesson, *files, json=True):
    data = {"photo": [(io.BytesIO(content), name) for name, content in files]}
    headers = {"Accept": "application/json"} if json else {}
    return browser.post(f"/lessons/{lesson.id}/photos", data=data, headers=headers)


def test_photos_come_one_by_one_and_find_their_students(browser, session, studio, lesson) -> None:
    mia = StudentFactory(studio=studio, name="Mia Chen", called="Mia")
    (good,) = send(browser, lesson, ("mia chen.jpg", photo("orange"))).json
    assert good["problem"] == ""
    assert "Whose is drawing 1?" in good["row"]
    drawing = session.exec(select(Drawing)).one()
    assert "mia chen" not in str(drawing.model_dump())  # the file's name is nowhere kept
    assert (drawing.id, drawing.student_id) == (good["drawing"], mia.id)
    (again,) = send(browser, lesson, ("other name.jpg", photo("orange"))).json
    assert "already in the lesson" in again["problem"]
    (bad,) = send(browser, lesson, ("notes.pdf", b"%PDF-1.7")).json
    assert "PDF" in bad["problem"]
    assert bad["drawing"] is None
    assert len(session.exec(select(Drawing)).all()) == 1


def test_refused_and_erased_photos_leave_no_gap_in_the_numbers(browser, session, lesson) -> None:
    def place(number: int, name: str, content: bytes) -> str:
        data = {"position": number, "photo": [(io.BytesIO(content), name)]}
        answer = browser.post(
            f"/lessons/{lesson.id}/photos", data=data, headers={"Accept": "application/json"}
        )
        return answer.json[0]["row"]

    assert "Whose is drawing 1?" in place(0, "red.jpg", photo("red"))
    assert place(1, "notes.pdf", b"%PDF-1.7") == ""
    assert "Whose is drawing 2?" in place(2, "green.jpg", photo("green"))
    page = browser.get(f"/lessons/{lesson.id}/photos").text
    assert re.findall(r">Whose is drawing (\d)\?", page) == ["1", "2"]
    browser.post(f"/drawings/{session.exec(select(Drawing).order_by(Drawing.position)).first().id}/delete")
    page = browser.get(f"/lessons/{lesson.id}/photos").text
    assert re.findall(r">Whose is drawing (\d)\?", page) == ["1"]


def test_without_scripts_a_whole_class_comes_in_one_form(browser, session, lesson) -> None:
    files = [(f"{colour}.jpg", photo(colour)) for colour in ("red", "green", "blue")]
    answer = send(browser, lesson, *files, ("broken.jpg", photo()[:700]), json=False)
    page = browser.get(answer.location).text
    assert "broken.jpg: This photo is damaged" in page
    assert [d.position for d in session.exec(select(Drawing)).all()] == [0, 1, 2]
    assert page.count('class="photo"') == 3


def test_a_file_that_is_too_heavy_is_refused_in_words(browser, app, lesson) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"max_photo_mb": 0})
    (result,) = send(browser, lesson, ("big.jpg", photo())).json
    assert "too heavy" in result["problem"]


def test_labels_are_saved_one_by_one(browser, session, studio, lesson) -> None:
    mia = StudentFactory(studio=studio, name="Mia Chen", called="Mia")
    drawing = DrawingFactory(lesson=lesson)
    browser.post(f"/drawings/{drawing.id}/label", data={"student": mia.id})
    answer = browser.post(f"/drawings/{drawing.id}/label", data={"words": "Mia's cat， red mat、cat; cat"})
    assert answer.json == {"subjects": ["{student}'s cat", "red mat", "cat"]}
    session.expire_all()
    assert session.get(Drawing, drawing.id).student_id == mia.id
    assert "Mia&#39;s cat, red mat, cat" in browser.get(f"/lessons/{lesson.id}/photos").text
    browser.post(f"/drawings/{drawing.id}/label", data={"student": ""})
    session.expire_all()
    assert session.get(Drawing, drawing.id).student_id is None


def test_another_studios_student_cannot_be_named(browser, lesson) -> None:
    stranger = StudentFactory()
    drawing = DrawingFactory(lesson=lesson)
    assert browser.post(f"/drawings/{drawing.id}/label", data={"student": stranger.id}).status_code == 404


def test_the_rosters_order_fills_what_is_free(browser, session, studio, lesson) -> None:
    a, b, c = (
        StudentFactory(studio=studio, name=name, created_at=NOW + timedelta(seconds=i))
        for i, name in enumerate(("Ava", "Ben", "Cleo"))
    )
    one, two, three = (DrawingFactory(lesson=lesson, position=i) for i in range(3))
    data = {"do": "order", "present": [a.id, c.id], f"student-{two.id}": b.id}
    browser.post(f"/lessons/{lesson.id}/labels", data=data)
    session.expire_all()
    found = [session.get(Drawing, d.id).student_id for d in (one, two, three)]
    assert found == [a.id, b.id, c.id]


def test_words_for_all_are_added(browser, session, lesson) -> None:
    one, two = DrawingFactory(lesson=lesson, subjects=["cat"]), DrawingFactory(lesson=lesson)
    browser.post(f"/lessons/{lesson.id}/labels", data={"do": "words", "all_words": "garden，cat"})
    session.expire_all()
    assert session.get(Drawing, one.id).subjects == ["cat", "garden"]
    assert session.get(Drawing, two.id).subjects == ["garden", "cat"]


def test_drafting_waits_for_consent_which_one_click_records(browser, session, studio, lesson) -> None:
    child = StudentFactory(studio=studio, processing=Consent.NONE, name="Ava")
    drawing = DrawingFactory(
        lesson=lesson, student_id=child.id, state=DrawingState.MEASURED, facts={"schema": 1}
    )
    answer = browser.post(f"/lessons/{lesson.id}/drafts")
    assert answer.location == f"/lessons/{lesson.id}/photos"
    page = browser.get(answer.location).text
    assert "1 drawing waits" in page
    assert "Missing:" in page
    browser.post(f"/lessons/{lesson.id}/consents", data={"confirmed": "1", "student": child.id})
    session.expire_all()
    assert session.get(Student, child.id).processing is Consent.GRANTED
    assert session.get(Student, child.id).processing_text == "1"
    answer = browser.post(f"/lessons/{lesson.id}/labels", data={"do": "draft"})
    assert answer.location == f"/desk/lesson/{lesson.id}"
    session.expire_all()
    assert session.get(Drawing, drawing.id).state is DrawingState.DRAFTING


def test_the_consent_is_recorded_for_those_who_were_listed(browser, session, studio, lesson) -> None:
    ava, late, gone = (
        StudentFactory(studio=studio, processing=state, name=name)
        for name, state in (("Ava", Consent.NONE), ("Late", Consent.NONE), ("Gone", Consent.WITHDRAWN))
    )
    for child in (ava, late, gone):
        DrawingFactory(lesson=lesson, student_id=child.id)
    page = browser.get(f"/lessons/{lesson.id}/photos").text
    listed = re.findall(r'name="student" value="(\w+)"', page)
    assert sorted(listed) == sorted([ava.id, late.id])
    assert f'<a href="/students/{gone.id}">Gone</a>' in page
    browser.post(f"/lessons/{lesson.id}/consents", data={"confirmed": "1", "student": [ava.id, gone.id]})
    session.expire_all()
    assert [child.processing for child in (ava, late, gone)] == [
        Consent.GRANTED,
        Consent.NONE,
        Consent.WITHDRAWN,
    ]
    stranger = StudentFactory(processing=Consent.NONE)
    data = {"confirmed": "1", "student": stranger.id}
    assert browser.post(f"/lessons/{lesson.id}/consents", data=data).status_code == 404


def test_progress_says_when_to_stop_asking(browser, session, lesson) -> None:
    drawing = DrawingFactory(lesson=lesson)
    progress = browser.get(f"/lessons/{lesson.id}/photos/progress").json
    assert progress["busy"] is True
    assert "measuring" in progress["rows"][0]["status"]
    drawing.state, drawing.refusal = DrawingState.REFUSED, "too-small"
    progress = browser.get(f"/lessons/{lesson.id}/photos/progress").json
    assert progress["busy"] is False
    assert "too small" in progress["rows"][0]["status"]


def test_pictures_are_turned_as_the_teacher_turned_them(browser, session, lesson) -> None:
    from PIL import Image

    send(browser, lesson, ("a.jpg", photo()))
    drawing = session.exec(select(Drawing)).one()
    url = f"/drawings/{drawing.id}/thumb"
    assert Image.open(io.BytesIO(browser.get(url).data)).size == (360, 270)
    drawing.turned = 1
    answer = browser.get(url)
    assert Image.open(io.BytesIO(answer.data)).size == (270, 360)
    assert answer.mimetype == "image/webp"
    assert "private" in answer.headers["Cache-Control"]
    assert browser.get(f"/drawings/{drawing.id}/overlay").status_code == 404


def test_students_are_pasted_and_what_failed_stays_in_the_box(browser, session) -> None:
    page = browser.post("/students", data={"lines": "Ava, 2017\nBen, 1066\n王小雨", "consent": "y"}).text
    assert "Line 2" in page
    assert ">Ben, 1066</textarea>" in page.replace("\r\n", "")
    ava, xiaoyu = session.exec(select(Student).order_by(Student.created_at)).all()
    assert (ava.name, ava.birth_year, ava.processing) == ("Ava", 2017, Consent.GRANTED)
    assert (xiaoyu.called, xiaoyu.training) == ("小雨", Consent.NONE)
    page = browser.post("/students", data={"lines": "AVA\nCleo"}, follow_redirects=True).text
    assert "1 student added." in page
    assert "Already on the list: AVA." in page


def test_a_list_pasted_again_with_the_consent_records_it_for_those_who_were_there(
    browser, session, studio
) -> None:
    ava, ben, cleo = (
        StudentFactory(studio=studio, name=name, processing=state)
        for name, state in (("Ava", Consent.NONE), ("Ben", Consent.WITHDRAWN), ("Cleo", Consent.NONE))
    )
    browser.post("/students", data={"lines": "Ava\nBen"})
    session.expire_all()
    assert ava.processing is Consent.NONE  # the box was not ticked
    page = browser.post("/students", data={"lines": "ava\nBen", "consent": "y"}, follow_redirects=True).text
    assert "The consent is now recorded for: Ava." in page
    session.expire_all()
    assert [child.processing for child in (ava, ben, cleo)] == [
        Consent.GRANTED,
        Consent.WITHDRAWN,
        Consent.NONE,
    ]
    assert ava.processing_at > NOW


def test_students_come_from_a_csv_file(browser, session) -> None:
    file = ("姓名,出生年\n王小雨,2016\n李沐阳,2017\n").encode("gb18030")
    browser.post("/students", data={"file": (io.BytesIO(file), "班级.csv")})
    found = session.exec(select(Student).order_by(Student.created_at)).all()
    assert [(s.name, s.birth_year) for s in found] == [("王小雨", 2016), ("李沐阳", 2017)]
    page = browser.post("/students", data={"file": (io.BytesIO(b"PK\x03\x04\0"), "class.xlsx")}).text
    assert "not a CSV file" in page


def test_a_student_is_changed_asked_about_and_erased(browser, session, studio) -> None:
    child = StudentFactory(studio=studio, name="Mia", training=Consent.NONE)
    url = f"/students/{child.id}"
    browser.post(url, data={"name": "Mia Chen", "called": "", "birth_year": "2017"})
    session.expire_all()
    changed = session.get(Student, child.id)
    assert (changed.name, changed.called, changed.birth_year) == ("Mia Chen", "Mia", 2017)
    browser.post(f"{url}/consent", data={"kind": "training", "do": "grant"})
    session.expire_all()
    assert session.get(Student, child.id).training is Consent.GRANTED
    assert "Agreed on" in browser.get(url).text
    browser.post(f"{url}/consent", data={"kind": "training", "do": "withdraw"})
    session.expire_all()
    assert session.get(Student, child.id).training is Consent.WITHDRAWN
    browser.post(f"{url}/delete")
    session.expire_all()
    assert session.get(Student, child.id) is None


@pytest.mark.parametrize("called", ["雨", "J"])
def test_a_child_is_not_called_by_a_single_character(browser, session, studio, called) -> None:
    child = StudentFactory(studio=studio, name="陈雨", called="陈雨")
    page = browser.post(f"/students/{child.id}", data={"name": "陈雨", "called": called, "birth_year": ""})
    assert "at least two characters" in page.text
    browser.post(f"/students/{child.id}", data={"name": called, "called": "", "birth_year": ""})
    session.expire_all()
    assert (child.name, child.called) == ("陈雨", "陈雨")
    with pytest.raises(ValueError, match="two characters"):
        change_student(child, name="陈雨", called=called, birth_year=None)


def test_old_comments_are_scrubbed_deduped_and_ones_own(browser, client, session, studio, teacher) -> None:
    StudentFactory(studio=studio, name="Mia Chen", called="Mia")
    StudentFactory(studio=studio, name="Ben", called="Ben")
    text = (
        "Mia, your garden glows and Ben's blue helps it.\n"
        "Ben, your garden glows and Mia's blue helps it!\n"
        "OK\n"
        "小明的线条很稳，颜色也很大胆。"
    )
    page = browser.post("/lessons/old-comments", data={"text": text}, follow_redirects=True).text
    assert "2 comments taken in." in page
    assert "2 were left out" in page
    kept = session.exec(select(PastComment).order_by(PastComment.created_at.desc())).all()
    assert [(c.text, c.language) for c in kept] == [
        ("{student}, your garden glows and a classmate's blue helps it.", "en"),
        ("小明的线条很稳，颜色也很大胆。", "zh"),
    ]
    colleague = UserFactory()
    MembershipFactory(studio=studio, user=colleague)
    client.sign_in(colleague)
    assert "garden glows" not in client.get("/lessons/old-comments").text
    assert client.post(f"/lessons/old-comments/{kept[0].id}/delete").status_code == 404
    client.sign_in(teacher)
    assert client.post(f"/lessons/old-comments/{kept[0].id}/delete").status_code == 302


@pytest.mark.parametrize("path", ["comments.csv", "comments.txt", "comments.pdf", "print"])
def test_what_leaves_the_house_opens(browser, lesson, path) -> None:
    answer = browser.get(f"/lessons/{lesson.id}/{path}")
    assert answer.status_code == 200
    if path != "print":
        assert (
            "filename*=UTF-8''Saturday%20group%20%C2%B7%20My%20garden"
            in answer.headers["Content-Disposition"]
        )


def test_each_accepted_comment_has_its_picture_card_on_the_lessons_page(browser, studio, lesson) -> None:
    mia = StudentFactory(studio=studio, name="Mia Chen")
    accepted = DrawingFactory(lesson=lesson, student_id=mia.id, state=DrawingState.ACCEPTED)
    DrawingFactory(lesson=lesson, state=DrawingState.ACCEPTED, photo_erased_at=NOW)  # nothing to show on it
    DrawingFactory(lesson=lesson, state=DrawingState.DRAFTED)
    page = browser.get(f"/lessons/{lesson.id}").text
    assert re.findall(r'href="/drawings/(\w+)/card.png" aria-label="([^"]+)"', page) == [
        (accepted.id, "Picture card for a chat: Mia Chen")
    ]


def test_a_card_needs_an_accepted_comment(browser, lesson) -> None:
    drawing = DrawingFactory(lesson=lesson)
    answer = browser.get(f"/drawings/{drawing.id}/card.png")
    assert answer.location == f"/desk/{drawing.id}"
