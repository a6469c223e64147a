"""Seats: nobody joins beyond them; when there are fewer than people, an owner chooses who drafts."""

import re
import threading
from datetime import timedelta

from flask import Flask
from sqlmodel import Session, select

from billing.tables import Purchase, PurchaseKind, Subscription
from tests.conftest import Client, make_settings
from tests.factories import (
    NOW,
    PASSWORD,
    DraftFactory,
    DrawingFactory,
    LessonFactory,
    MembershipFactory,
    StudioFactory,
    UserFactory,
)
from tests.webapp.api.conftest import Caller, photo
from tests.webapp.money.test_pages import subscribed
from webapp.accounts import invitations, people, seats
from webapp.accounts.keys import make_key
from webapp.accounts.tables import Invitation, Language, MemberRole, Membership, Studio, User
from webapp.app import create_app
from webapp.desk.tables import Comment, CommentState
from webapp.lessons.edge import now
from webapp.lessons.tables import Drawing, DrawingState
from webapp.platform.db import db
from webapp.platform.mail import letters
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit


class House:
    """A studio with an owner and as many teachers as asked for."""

    def __init__(self, teachers: int = 0) -> None:
        self.studio, self.owner = StudioFactory(), UserFactory(name="Olive")
        self.place = MembershipFactory(studio=self.studio, user=self.owner, role=MemberRole.OWNER)
        self.teachers = [UserFactory(name=f"Teacher {i}") for i in range(teachers)]
        self.places = [
            MembershipFactory(studio=self.studio, user=user, created_at=NOW + timedelta(minutes=i))
            for i, user in enumerate(self.teachers)
        ]


def drawing_of(house: House, state: DrawingState = DrawingState.MEASURED) -> Drawing:
    lesson = LessonFactory(studio=house.studio, teacher=house.owner)
    return DrawingFactory(lesson=lesson, facts={"schema": 1}, state=state)


def invite(client: Client, email: str) -> str:
    return str(
        client.post(
            "/studio/invitations", data={"email": email, "role": "teacher"}, follow_redirects=True
        ).text
    )


def link(settings: Settings) -> str:
    found = re.search(r"http://localhost(/invitations/\S+)", letters(settings)[0].text)
    assert found
    return found[1]


def test_a_plan_for_one_teacher_invites_nobody_and_names_the_way_out(
    client: Client, session: Session, settings: Settings
) -> None:
    house = House()
    client.sign_in(house.owner)
    page = client.get("/studio").text
    assert "for one teacher. With the Studio plan" in page
    assert "Send the invitation" not in page
    assert "for one teacher. With the Studio plan" in invite(client, "bo@studio.example")
    assert session.exec(select(Invitation)).all() == []
    assert letters(settings) == []


def test_people_and_open_invitations_take_the_seats(
    client: Client, session: Session, settings: Settings
) -> None:
    house = House(1)
    subscribed(session, house.studio, plan="studio", seats=3)
    client.sign_in(house.owner)
    assert "A letter is on its way" in invite(client, "bo@studio.example")
    assert "A letter is on its way" in invite(client, "BO@studio.example")  # instead of the first
    assert "All 3 seats of the plan are taken" in invite(client, "cy@studio.example")
    assert "add a seat or withdraw an invitation" in client.get("/studio").text
    assert [row.email for row in session.exec(select(Invitation))] == ["bo@studio.example"]
    assert "1 invitation is open" in client.get("/studio").text


def test_an_invitation_waits_for_a_seat(client: Client, session: Session, settings: Settings) -> None:
    house, guest = House(1), MembershipFactory()
    row = subscribed(session, house.studio, plan="studio", seats=3)
    client.sign_in(house.owner)
    invite(client, "guest@studio.example")
    path = link(settings)
    row.seats = 2
    client.sign_in(session.get_one(User, guest.user_id))
    assert "All seats of its plan are taken" in client.get(path).text
    assert "All seats of its plan are taken" in client.post(path, follow_redirects=True).text
    assert len(people.colleagues(session, house.studio.id)) == 2
    row.seats = 3
    session.add(row)
    assert client.post(path).status_code == 302
    session.expire_all()
    assert len(people.colleagues(session, house.studio.id)) == 3


def test_who_signs_up_for_a_seat_that_has_just_gone_is_shown_the_way(
    client: Client, session: Session, settings: Settings
) -> None:
    house = House(1)
    row = subscribed(session, house.studio, plan="studio", seats=3)
    client.sign_in(house.owner)
    invite(client, "bo@studio.example")
    path = link(settings)
    with client.session_transaction() as cookie:
        cookie.clear()
    client.get(path)  # the sign-up form takes the invitation up
    row.seats = 2
    person = {"name": "Bo", "email": "bo@studio.example", "password": PASSWORD}
    assert client.post("/sign-up", data={**person, "invitation": path[13:]}).status_code == 302
    bo = session.exec(select(User).where(User.name == "Bo")).one()
    assert people.studios_of(session, bo) == []
    with client.session_transaction() as cookie:
        token = cookie["invitation"]
    client.sign_in(bo)
    with client.session_transaction() as cookie:
        cookie["invitation"] = token
    page = client.get("/studio/new").text
    assert f"{house.studio.name} has invited you" in page
    assert "All seats of its plan are taken" in page
    assert "Join" not in page
    row.seats = 3
    session.add(row)
    assert f"Join {house.studio.name}" in client.get("/studio/new").text


def test_nobody_is_invited_while_payment_has_failed_for_long(client: Client, session: Session) -> None:
    house = House()
    subscribed(
        session,
        house.studio,
        plan="studio",
        seats=5,
        status="unpaid",
        unpaid_since=now() - timedelta(days=40),
    )
    client.sign_in(house.owner)
    assert "nobody can be invited until it is paid" in client.get("/studio").text
    assert "nobody can be invited until it is paid" in invite(client, "bo@studio.example")


def test_the_letter_is_in_the_language_of_the_studio(
    client: Client, session: Session, settings: Settings
) -> None:
    house = House()
    house.studio.language = Language.CHINESE
    house.owner.language = Language.ENGLISH
    subscribed(session, house.studio, plan="studio", seats=2)
    client.sign_in(house.owner)
    assert "A letter is on its way" in invite(client, "bo@studio.example")
    (letter,) = letters(settings)
    assert "邀请您" in letter.subject
    assert "Olive邀请您加入" in letter.text


def test_after_a_downgrade_owners_and_then_the_first_keep_their_seat(session: Session) -> None:
    house = House(3)
    house.place.created_at += timedelta(days=1)  # came last, and owns
    row = subscribed(session, house.studio, plan="studio", seats=4)
    everyone = [house.place, *house.places]
    assert [seats.has_seat(session, now(), place) for place in everyone] == [True] * 4
    row.seats = 2
    session.flush()
    assert [seats.has_seat(session, now(), place) for place in everyone] == [True, True, False, False]
    row.plan, row.seats = "teacher", 1
    session.flush()
    assert [seats.has_seat(session, now(), place) for place in everyone] == [True, False, False, False]
    row.plan, row.seats = "studio", 4
    session.flush()
    assert [seats.has_seat(session, now(), place) for place in everyone] == [True] * 4
    assert session.exec(select(Membership)).all() != []


def test_who_has_no_seat_reads_and_accepts_and_drafts_nothing(client: Client, session: Session) -> None:
    house = House(1)
    subscribed(session, house.studio)
    drawing = drawing_of(house)
    drafted = DrawingFactory(
        lesson=LessonFactory(studio=house.studio, teacher=house.owner),
        facts={"schema": 1},
        state=DrawingState.DRAFTED,
    )
    DraftFactory(drawing=drafted, round=0)
    client.sign_in(house.teachers[0])
    assert "no seat for you" in client.get("/lessons").text
    lesson = client.get(f"/lessons/{drawing.lesson_id}").text
    assert "has no drafts yet" in lesson
    assert "Draft the comments" not in lesson
    desk = client.get(f"/desk/{drawing.id}").text
    assert "You have no seat" in desk
    said = client.post(f"/lessons/{drawing.lesson_id}/drafts", follow_redirects=True).text
    assert "You have no seat" in said
    for path in ("instruct", "sentence"):
        answer = client.post(f"/desk/{drafted.id}/{path}", json={"text": "A cat.", "at": 1})
        assert (answer.status_code, "An owner chooses" in answer.json["error"]) == (409, True)
    assert "An owner chooses" in client.post(f"/desk/{drawing.id}/again", follow_redirects=True).text
    session.expire_all()
    assert session.get_one(Drawing, drawing.id).state is DrawingState.MEASURED
    client.post(
        f"/desk/{drafted.id}/accept", json={"text": "Good cat.", "draft": None, "revision": 0, "seconds": 3}
    )
    session.expire_all()
    assert session.exec(select(Comment.state)).all() == [CommentState.ACCEPTED]


def test_an_owner_chooses_who_drafts(client: Client, session: Session) -> None:
    house = House(2)
    row = subscribed(session, house.studio, plan="studio", seats=2)
    client.sign_in(house.owner)
    page = client.get("/studio").text
    assert "3 people work in the studio, and the plan has 2 seats." in page
    assert page.count("reads and accepts") == 1
    assert 'id="seats"' in page
    chosen = [place.id for place in house.places]
    answer = client.post("/studio/seats", data={"seat": [house.place.id, *chosen]}, follow_redirects=True)
    assert "more people than the plan has seats" in answer.text
    assert "Saved." in client.post("/studio/seats", data={"seat": chosen}, follow_redirects=True).text
    session.expire_all()
    assert seats.has_seat(session, now(), house.place) is False
    assert [seats.has_seat(session, now(), place) for place in house.places] == [True, True]
    given = session.exec(select(Audit).where(Audit.action == "seat.given")).all()
    assert {(entry.target, entry.user_id) for entry in given} == {
        (str(place.user_id), house.owner.id) for place in house.places
    }
    row.seats = 3
    session.add(row)
    assert 'id="seats"' not in client.get("/studio").text
    assert seats.has_seat(session, now(), house.place) is True


def test_another_studios_people_cannot_be_chosen(client: Client, session: Session) -> None:
    house, other = House(1), House(1)
    client.sign_in(house.owner)
    client.post("/studio/seats", data={"seat": [other.places[0].id]})
    session.expire_all()
    assert {place.keeps_seat for place in session.exec(select(Membership))} == {False}


def test_the_plan_says_before_a_change_who_would_have_no_seat(client: Client, session: Session) -> None:
    house = House(2)
    subscribed(session, house.studio, plan="studio", seats=2)
    client.sign_in(house.owner)
    assert "3 people work in the studio, and the plan has 2 seats." in client.get("/plan").text


def test_one_seat_is_not_called_seats(client: Client, session: Session) -> None:
    house = House(1)
    subscribed(session, house.studio)
    client.sign_in(house.owner)
    for path in ("/plan", "/studio"):
        page = client.get(path).text
        assert "2 people work in the studio, and the plan has 1 seat." in page
        assert "can read, correct and accept" in page


def test_a_key_whose_maker_has_no_seat_sends_photos_and_drafts_nothing(
    client: Client, session: Session
) -> None:
    house = House(1)
    subscribed(session, house.studio)
    key, token = make_key(session, now(), house.places[0], "Screen")
    api = Caller(client, house.studio, house.places[0], key, token)
    lesson = LessonFactory(studio=house.studio, teacher=house.owner)
    refused = api.send(lesson.id, ("a.jpg", photo()))
    assert (refused.status_code, refused.json["type"]) == (409, "urn:vermilion:problem:no-seat")
    assert session.exec(select(Drawing)).all() == []
    assert api.send(lesson.id, ("a.jpg", photo()), draft="false").status_code == 202
    drawing = drawing_of(house)
    again = api.post(f"/drawings/{drawing.id}/drafts", json={})
    assert (again.status_code, again.json["type"]) == (409, "urn:vermilion:problem:no-seat")
    assert api.get("/usage").json["quota"]["may_draft"] is False


def test_two_invitations_accepted_at_once_never_exceed_the_seats(each_database: Settings) -> None:
    changes = {"stripe_key": "sk_test_x", "stripe_address": "http://127.0.0.1:9"}
    app = create_app(make_settings(each_database.home, database_url=each_database.database_url, **changes))
    with app.app_context():
        studio_id, tokens, guests = _full_but_for_one(db.session)
    at_once, outcomes = threading.Barrier(len(guests)), []

    def accept(token: str, guest_id: int) -> None:
        with app.app_context():
            guest = db.session.get_one(User, guest_id)
            found = invitations.find(db.session, now(), token)
            assert found
            db.session.rollback()
            at_once.wait(60)
            try:
                people.accept(db.session, now(), db.session.get_one(Invitation, found[0].id), found[1], guest)
                db.session.commit()
                outcomes.append("joined")
            except seats.NoSeatError:
                db.session.rollback()
                outcomes.append("full")

    threads = [threading.Thread(target=accept, args=each) for each in zip(tokens, guests, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert len(people.colleagues(db.session, studio_id)) == 3
        db.session.close()
        db.engine.dispose()
    assert sorted(outcomes) == ["full", "full", "full", "joined"]


def _full_but_for_one(session: Session) -> tuple[str, list[str], list[int]]:
    """A studio of three seats with two people, and four who are invited because it was larger then."""
    house = House(1)
    row = Purchase(
        id="cs_1",
        studio_id=house.studio.id,
        kind=PurchaseKind.PASS,
        plan="studio",
        months=12,
        seats=10,
        currency="usd",
        amount=1,
        paid_at=now() - timedelta(days=1),
        by="user:1",
    )
    session.add(row)
    tokens, guests = [], []
    for number in range(4):
        email = f"guest{number}@studio.example"
        _made, token = invitations.invite(session, now(), house.place, email, MemberRole.TEACHER)
        tokens.append(token)
        guests.append(UserFactory(email=email).id)
    row.seats = 3
    session.commit()
    return house.studio.id, tokens, guests


def test_where_nothing_is_sold_nobody_needs_a_seat(session: Session, app: Flask) -> None:
    app.config["SETTINGS"] = make_settings(app.config["SETTINGS"].home)
    house = House(3)
    assert [seats.has_seat(session, now(), place) for place in house.places] == [True] * 3
    here = seats.seats(session, now(), house.studio.id)
    assert (here.total, here.left, here.surplus) == (None, 1, 0)
    assert session.exec(select(Studio.id)).all() == [house.studio.id]
    assert session.exec(select(Subscription)).all() == []
