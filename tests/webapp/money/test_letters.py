"""Owners are told once before a trial or prepaid time ends, and when a payment failed, in their language."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from sqlmodel import Session

from billing.tables import DelayedPayment, Invoice, PurchaseKind
from tests.billing.rows import purchase, subscription, trial
from tests.conftest import Client
from tests.factories import NOW, PASSWORD, MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import Language, MemberRole, Studio
from webapp.money import letters, quota
from webapp.operator import money_words
from webapp.platform import mail
from webapp.platform.db import db


def opened(session: Session) -> Studio:
    studio = StudioFactory(name="Willow")
    for role, name in ((MemberRole.OWNER, "owner"), (MemberRole.TEACHER, "teacher")):
        user = UserFactory(email=f"{name}@willow.example", language=Language.CHINESE)
        MembershipFactory(studio=studio, user=user, role=role)
    return studio


def kinds(session: Session, days: float = 0) -> list[tuple[str, str]]:
    """What is written then, and to whom."""
    session.commit()
    due = letters.due(session, NOW + timedelta(days=days))
    session.commit()
    assert letters.write(NOW + timedelta(days=days)) == len(due)
    return [(letter.kind, letter.email) for letter in due]


def test_the_end_of_a_trial_is_told_once_to_the_owner(session: Session) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add(begun)
    assert kinds(session, 10) == []
    assert kinds(session, 12) == [("trial_ends", "owner@willow.example")]
    assert kinds(session, 13) == []
    assert kinds(session, 15) == [("trial_ended", "owner@willow.example")]
    assert kinds(session, 20) == []


def test_a_trial_that_ended_long_ago_is_told_no_more(session: Session) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add(begun)
    assert kinds(session, 22) == []


def test_the_end_of_a_trial_after_which_something_was_bought_is_not_told(session: Session) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add_all([begun, subscription(studio_id=begun.studio_id, began_at=NOW)])
    assert kinds(session, 15) == []


@pytest.mark.parametrize("given", ["gift", "pack", "not begun", "expired"])
def test_the_end_of_a_trial_is_told_unless_a_plan_was_paid(session: Session, given: str) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    more = {"kind": PurchaseKind.PACK, "plan": "", "months": 0, "comments": 50, "studio_id": begun.studio_id}
    unpaid = {"studio_id": begun.studio_id, "began_at": NOW, "unpaid_since": None}
    rows = {
        "gift": purchase(1, NOW, id="grant_1", amount=0, **more),
        "pack": purchase(1, NOW, amount=400, **more),
        "not begun": subscription(status="incomplete", **unpaid),
        "expired": subscription(status="incomplete_expired", **unpaid),
    }
    session.add_all([begun, rows[given]])
    assert kinds(session, 15) == [("trial_ended", "owner@willow.example")]
    assert quota.trial_ended(session, NOW + timedelta(days=15), begun.studio_id) == begun.ends_at


def test_the_end_of_a_trial_is_not_told_to_who_paid_for_a_pass_that_was_refunded(session: Session) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add_all([begun, purchase(1, NOW, studio_id=begun.studio_id, revoked_at=NOW)])
    assert kinds(session, 15) == []


def test_a_trial_that_is_followed_by_prepaid_time_ends_in_silence(session: Session) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add_all([begun, purchase(1, NOW, studio_id=begun.studio_id)])
    assert kinds(session, 13) == []
    assert kinds(session, 42) == [("pass_ends", "owner@willow.example")]


def test_the_end_of_prepaid_time_is_told(session: Session) -> None:
    session.add(purchase(1, NOW, studio_id=opened(session).id))
    assert kinds(session, 29) == [("pass_ends", "owner@willow.example")]
    assert kinds(session, 30) == [("pass_ended", "owner@willow.example")]
    assert kinds(session, 31) == []
    assert kinds(session, 40) == []


def test_a_failed_payment_is_told_and_so_is_what_follows(session: Session) -> None:
    row = subscription(studio_id=opened(session).id, status="past_due", unpaid_since=NOW)
    session.add(row)
    assert kinds(session, 1) == [("failed", "owner@willow.example")]
    assert kinds(session, 2) == []
    assert kinds(session, 15) == [("read_only", "owner@willow.example")]
    assert kinds(session, 40) == []  # in another month
    row.status, row.unpaid_since = "active", None
    assert kinds(session, 41) == []


def asking(studio: Studio) -> Invoice:
    """An invoice whose payment the bank wants confirmed."""
    return Invoice(
        id="in_1",
        studio_id=studio.id,
        status="open",
        currency="cny",
        total=6800,
        paid=0,
        unconfirmed=True,
        page="https://pay.example/in_1",
        created_at=NOW,
    )


def test_a_payment_to_confirm_is_told_once_and_so_is_that_it_failed_after_all(session: Session) -> None:
    studio = opened(session)
    session.add(subscription(studio_id=studio.id, status="past_due", unpaid_since=NOW))
    invoice = asking(studio)
    session.add(invoice)
    assert kinds(session, 1) == [("confirm", "owner@willow.example")]
    assert kinds(session, 2) == []
    invoice.unconfirmed = False
    assert kinds(session, 3) == [("failed", "owner@willow.example")]
    assert kinds(session, 15) == [("read_only", "owner@willow.example")]


def test_nothing_is_told_of_an_invoice_while_nothing_is_owed(session: Session) -> None:
    studio = opened(session)
    session.add(subscription(studio_id=studio.id))
    session.add(asking(studio))  # of a change of plan, for example, which its buyer sees on the page
    assert kinds(session, 1) == []


def test_a_day_is_told_as_the_studios_clocks_show_it(app: Flask, session: Session) -> None:
    begun = trial(NOW.replace(hour=20))  # past midnight where the studio is
    studio = opened(session)
    studio.time_zone, begun.studio_id = "Asia/Shanghai", studio.id
    session.add(begun)
    (letter,) = letters.due(session, NOW + timedelta(days=12))
    session.commit()
    letters.send(letter, NOW)
    (sent,) = mail.letters(app.config["SETTINGS"])
    day = (begun.ends_at + timedelta(days=1)).day
    assert f"月{day}日" in sent.text


def test_what_ends_with_a_trial_and_what_stays(app: Flask, session: Session) -> None:
    letters.send(letters.Letter("trial_ends", "o@willow.example", "en", "Willow", NOW), NOW)
    (sent,) = mail.letters(app.config["SETTINGS"])
    for words in ("Nothing is charged", "Free, 20 comments a month", "nothing is deleted", "/plan"):
        assert words in sent.text


@pytest.mark.usefixtures("session")
def test_what_a_studio_has_after_its_trial_and_what_a_plan_costs(app: Flask) -> None:
    letters.send(letters.Letter("trial_ended", "o@willow.example", "en", "Willow", NOW, name="Ann"), NOW)
    (sent,) = mail.letters(app.config["SETTINGS"])
    assert sent.text.startswith(
        "Hello Ann,\n\nThe trial of Willow ended on Nov 21, 2026. Nothing was charged"
    )
    for words in ("Free now, 20 comments a month", "400 comments a month", "$12 a month or $120 a year"):
        assert words in sent.text


def test_studios_of_which_there_is_nothing_to_tell_cost_nothing(session: Session) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add(begun)
    session.commit()
    asked: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    counts = []
    for number in range(3):
        asked.clear()
        assert [letter.kind for letter in letters.due(session, NOW + timedelta(days=12))] == ["trial_ends"]
        counts.append(len(asked))
        _new, prepaid, subscribed = StudioFactory(), StudioFactory(), StudioFactory()
        session.add(purchase(number, NOW, studio_id=prepaid.id))
        session.add(subscription(id=f"sub_{number}", studio_id=subscribed.id))
        session.commit()
    assert len(set(counts)) == 1
    assert 0 < counts[0] < 20


def test_who_becomes_an_owner_is_not_told_what_was_over_by_then(session: Session) -> None:
    begun, studio = trial(NOW), opened(session)
    begun.studio_id = studio.id
    came = begun.ends_at + timedelta(days=1)
    new = UserFactory(email="new@willow.example")
    MembershipFactory(studio=studio, user=new, role=MemberRole.OWNER, created_at=came)
    failed = DelayedPayment(
        id="cs_1",
        studio_id=studio.id,
        kind=PurchaseKind.PACK,
        comments=100,
        currency="usd",
        amount=400,
        failed=True,
        begun_at=NOW,
        changed_at=begun.ends_at,
        by="system",
    )
    session.add_all([begun, failed])
    told = [("trial_ended", "owner@willow.example"), ("not_paid", "owner@willow.example")]
    assert kinds(session, 16) == told


@pytest.mark.parametrize("kind", [PurchaseKind.PASS, PurchaseKind.PACK])
def test_what_has_a_long_id_is_told_once(session: Session, kind: PurchaseKind) -> None:
    studio = opened(session)
    for end in ("a", "b"):
        ident = "cs_live_" + 71 * "x" + end
        session.add(purchase(1, NOW, id=ident, kind=kind, comments=50, studio_id=studio.id))
    told = 2 * [(kind.value, "owner@willow.example")]
    assert kinds(session, 1) == told
    assert kinds(session, 1.5) == []
    if kind is PurchaseKind.PASS:
        ends = kinds(session, 58.5)  # two months
        assert ends == [("pass_ends", "owner@willow.example")]
        assert kinds(session, 58.6) == []


KINDS = ("confirm", "failed", "read_only", "trial_ends", "trial_ended", "pass_ends", "pass_ended")


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_whole_in_its_readers_language(app: Flask, session: Session, kind: str) -> None:
    invoice = asking(StudioFactory()) if kind == "confirm" else None
    for locale in ("en", "zh_Hans_CN"):
        letters.send(letters.Letter(kind, "o@willow.example", locale, "Willow", NOW, invoice), NOW)
    chinese, english = sorted(
        mail.letters(app.config["SETTINGS"]), key=lambda letter: letter.subject.isascii()
    )
    link = "https://pay.example/in_1" if invoice else "http://localhost:8000/plan"
    for letter in (chinese, english):
        assert letter.text.splitlines().count(link) == 1
        assert letter.text.rstrip().endswith("Vermilion · 朱批")
        assert "Willow" in letter.subject
        assert "Willow" in letter.text
        assert "\n\n\n" not in letter.text
    assert set(re.findall("[A-Za-z]+", chinese.text.replace(link, ""))) == {"Willow", "Vermilion"}
    assert re.findall("[\u4e00-\u9fff]+", english.text) == ["朱批"]
    if kind != "read_only":
        assert "Nov" in english.text
    assert ("¥68" in english.text) is (kind == "confirm")
    assert ("¥68" in chinese.text) is (kind in ("confirm", "trial_ended"))


@pytest.mark.usefixtures("session")
def test_an_operator_reads_what_each_letter_was_about() -> None:
    with force_locale("zh_Hans_CN"):
        assert [kind for kind in letters.KINDS if money_words.letter(kind).isascii()] == []


def test_letters_about_accounts_are_whole_in_chinese(client: Client, session: Session) -> None:
    user = UserFactory(email="zhao@willow.example", name="赵")
    late = UserFactory(email="sun@willow.example", name="孙", confirmed_at=None)
    chinese = {"Accept-Language": "zh"}
    new = {
        "name": "钱",
        "email": "qian@willow.example",
        "password": PASSWORD,
        "studio_name": "柳",
        "studio_language": "zh",
        "time_zone": "Asia/Shanghai",
        "sharing": "no",
    }
    client.post("/password/reset", data={"email": user.email}, headers=chinese)
    client.post("/confirm", data={"email": late.email}, headers=chinese)
    client.post("/sign-up", data=new, headers=chinese)
    client.post("/sign-up", data={**new, "email": user.email}, headers=chinese)
    client.sign_in(user)
    client.post("/email/change", data={"email": "new@willow.example"}, headers=chinese)
    words = {"new_password": "another fine brush", "new_password_confirm": "another fine brush"}
    client.post("/password/change", data={"password": PASSWORD, **words}, headers=chinese)
    written = mail.letters(client.application.config["SETTINGS"])
    assert len(written) == 6
    for letter in written:
        assert re.match("[赵孙钱]，您好：\n\n", letter.text)
        text = re.sub(r"https?://\S+", "", letter.text)
        assert set(re.findall("[A-Za-z]+", text)) == {"Vermilion"}, letter.text
        assert not letter.subject.isascii()
        assert "朱批邮箱" not in letter.subject
