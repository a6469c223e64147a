"""Signing up, confirming, inviting, joining, parting; as a person would, page by page."""

import re

import pytest
from flask import Flask
from sqlmodel import Session, select

from tests import factories as make
from tests.conftest import Client
from webapp.accounts.tables import Invitation, Language, MemberRole, Membership, Studio, User
from webapp.platform.mail import letters
from webapp.platform.settings import Settings
from webapp.platform.tables import Audit

SIGN_UP = {
    "name": "Zoë Marsh",
    "email": "Zoe@studio.example",
    "password": make.PASSWORD,
    "studio_name": "Marsh Studio",
    "studio_language": "zh",
    "time_zone": "Europe/Paris",
    "sharing": "no",
}


def _link(settings: Settings, word: str) -> str:
    """The path of the link with this word in the newest letter that has one."""
    for letter in letters(settings):
        if found := re.search(rf"http://localhost(/\S*{word}\S*)", letter.text):
            return found[1]
    pytest.fail(f"no letter with a {word} link")


def _sign_in(client: Client, email: str, password: str = make.PASSWORD) -> int:
    return int(client.post("/sign-in", data={"email": email, "password": password}).status_code)


def test_sign_up_opens_a_studio_and_asks_to_confirm(
    client: Client, session: Session, settings: Settings
) -> None:
    assert client.post("/sign-up", data=SIGN_UP).status_code == 302
    user = session.exec(select(User)).one()
    studio = session.exec(select(Studio)).one()
    place = session.exec(select(Membership)).one()
    assert (user.email, user.name, user.confirmed_at) == ("Zoe@studio.example", "Zoë Marsh", None)
    assert (studio.name, studio.language, studio.time_zone) == (
        "Marsh Studio",
        Language.CHINESE,
        "Europe/Paris",
    )
    assert studio.teaches_common is False
    assert (place.role, place.user_id) == (MemberRole.OWNER, user.id)
    assert _sign_in(client, "zoe@studio.example") == 200  # not yet
    assert client.get(_link(settings, "confirm")).status_code == 302
    assert _sign_in(client, "zoe@studio.example") == 302
    assert {row.action for row in session.exec(select(Audit))} >= {"person.signed_up", "person.signed_in"}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("sharing", "", "Please choose one"),
        ("time_zone", "Mars/Olympus", "no such time zone"),
        ("studio_name", "  ", "Give your studio a name"),
        ("name", "", "Tell us your name"),
        ("password", "short", "10 characters"),
        ("email", "nobody", "email"),
    ],
)
def test_a_form_with_a_fault_says_so_and_makes_nothing(
    client: Client, session: Session, field: str, value: str, says: str
) -> None:
    answer = client.post("/sign-up", data={**SIGN_UP, field: value})
    assert answer.status_code == 200
    assert says.lower() in answer.text.lower()
    assert session.exec(select(User)).all() == []


def test_the_sharing_choice_is_not_preselected(client: Client) -> None:
    page = client.get("/sign-up").text
    radios = re.findall(r'<input[^>]*name="sharing"[^>]*>', page)
    assert len(radios) == 2
    assert not any("checked" in radio for radio in radios)


def test_a_known_address_is_not_betrayed(client: Client, session: Session, settings: Settings) -> None:
    known = make.UserFactory()
    new = client.post("/sign-up", data=SIGN_UP)
    again = client.post("/sign-up", data={**SIGN_UP, "email": known.email})
    assert (new.status_code, new.location) == (again.status_code, again.location)
    assert len(session.exec(select(User)).all()) == 2
    written = {letter.to: letter for letter in letters(settings)}
    assert {letter.subject for letter in written.values()} == {"Your sign-up for Vermilion"}
    assert "already has an account" in written[known.email].text
    assert "http://localhost/sign-in\n" in written[known.email].text
    assert "confirm that this address is yours" in written[SIGN_UP["email"]].text
    page = client.get("/sign-in").text
    assert "It says how to go on." in page
    assert "follow its link" not in page
    wrong = client.post("/sign-in", data={"email": known.email, "password": "not this one"}).text
    unknown = client.post("/sign-in", data={"email": "no@one.example", "password": "not this one"}).text
    says = re.compile(r'role="alert".*?<p>(.*?)</p>', re.DOTALL)
    assert says.findall(wrong) == says.findall(unknown) != []


def test_a_forgotten_password(client: Client, settings: Settings) -> None:
    user = make.UserFactory()
    client.post("/password/reset", data={"email": user.email})
    path = _link(settings, "password/reset")
    new = {"password": "another fine brush", "password_confirm": "another fine brush"}
    assert client.post(path, data=new).status_code == 302
    assert _sign_in(client, user.email, "another fine brush") == 302
    assert any("password was changed" in letter.text for letter in letters(settings))


def test_a_new_colleague_comes_by_letter(
    app: Flask, client: Client, session: Session, settings: Settings
) -> None:
    owner = make.MembershipFactory(role=MemberRole.OWNER)
    client.sign_in(session.get_one(User, owner.user_id))
    client.post("/studio/invitations", data={"email": "Bo@studio.example", "role": "teacher"})
    path = _link(settings, "invitations")
    token = path.rsplit("/", 1)[1]
    assert token not in str(session.exec(select(Invitation)).one().model_dump())  # the hash alone is stored
    with client.session_transaction() as cookie:
        cookie.clear()
    assert session.get_one(Studio, owner.studio_id).name in client.get(path).text
    page = client.get("/sign-up").text
    assert 'name="studio_name"' not in page
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert "Join " in title
    assert "Open a studio" not in title
    person = {"name": "Bo", "email": "bo@studio.example", "password": make.PASSWORD, "invitation": token}
    assert client.post("/sign-up", data=person).status_code == 302
    bo = session.exec(select(User).where(User.name == "Bo")).one()
    place = session.exec(select(Membership).where(Membership.user_id == bo.id)).one()
    assert (place.studio_id, place.role) == (owner.studio_id, MemberRole.TEACHER)
    assert client.get(path).status_code == 404  # used up


def test_a_person_of_another_studio_joins_and_switches(
    client: Client, session: Session, settings: Settings
) -> None:
    owner = make.MembershipFactory(role=MemberRole.OWNER)
    guest = make.MembershipFactory()
    client.sign_in(session.get_one(User, owner.user_id))
    client.post("/studio/invitations", data={"email": "guest@studio.example", "role": "owner"})
    client.sign_in(session.get_one(User, guest.user_id))
    assert client.post(_link(settings, "invitations")).status_code == 302
    names = [session.get_one(Studio, place.studio_id).name for place in (owner, guest)]
    assert f"<h1>{names[0]}</h1>" in client.get("/studio").text
    client.post("/studio/switch", data={"studio": guest.studio_id})
    assert f"<h1>{names[1]}</h1>" in client.get("/studio").text
    stranger = make.StudioFactory()
    assert client.post("/studio/switch", data={"studio": stranger.id}).status_code == 404


def test_a_studio_keeps_an_owner(client: Client, session: Session) -> None:
    studio = make.StudioFactory()
    owner = make.MembershipFactory(studio=studio, role=MemberRole.OWNER)
    teacher = make.MembershipFactory(studio=studio)
    client.sign_in(session.get_one(User, owner.user_id))
    client.post(f"/studio/people/{owner.id}/role", data={"role": "teacher"})
    client.post("/studio/leave")
    assert session.get_one(Membership, owner.id).role is MemberRole.OWNER
    client.post(f"/studio/people/{teacher.id}/role", data={"role": "owner"})
    client.post("/studio/leave")
    session.expire_all()
    left = session.exec(select(Membership).where(Membership.studio_id == studio.id)).all()
    assert [(place.id, place.role) for place in left] == [(teacher.id, MemberRole.OWNER)]


def test_the_sharing_choice_can_be_changed_and_is_audited(client: Client, session: Session) -> None:
    owner = make.MembershipFactory(role=MemberRole.OWNER)
    client.sign_in(session.get_one(User, owner.user_id))
    form = {k: v for k, v in SIGN_UP.items() if k.startswith(("studio", "time"))}
    client.post("/studio", data={**form, "sharing": "no", "photo_months": "6"})
    session.expire_all()
    studio = session.get_one(Studio, owner.studio_id)
    assert (studio.teaches_common, studio.photo_months, studio.name) == (False, 6, "Marsh Studio")
    assert "sharing.own" in {row.action for row in session.exec(select(Audit))}


def test_a_key_is_shown_once(client: Client, session: Session) -> None:
    owner = make.MembershipFactory(role=MemberRole.OWNER)
    client.sign_in(session.get_one(User, owner.user_id))
    found = re.search(r"vm_[\w-]{20,}", client.post("/studio/keys", data={"name": "Screen"}).text)
    assert found
    assert client.get("/api/v1/students", headers={"Authorization": f"Bearer {found[0]}"}).status_code == 200
    assert found[0] not in client.get("/studio/keys").text


def test_keys_ask_who_it_is_once_more(client: Client, session: Session) -> None:
    owner = make.MembershipFactory(role=MemberRole.OWNER)
    client.sign_in(session.get_one(User, owner.user_id))
    with client.session_transaction() as cookie:
        cookie["fs_paa"] = 0  # signed in long ago
    answer = client.get("/studio/keys")
    assert answer.status_code == 302
    assert answer.location.startswith("/again")


def test_who_works_in_two_studios_is_led_into_the_other(client: Client, session: Session) -> None:
    """Also in Chinese, in which going to a studio and going to a day are two words."""
    user = make.UserFactory(language=Language.CHINESE)
    for _ in range(2):
        make.MembershipFactory(user=user)
    page = client.sign_in(user).get("/account").text
    assert page.count("切换到这里") == 1
    assert "拨到那时" not in page
