"""Owners are told once before a trial or prepaid time ends, and when a payment failed, in their language."""

from datetime import timedelta

from flask import Flask
from sqlmodel import Session

from tests.billing.rows import purchase, subscription, trial
from tests.factories import NOW, MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import Language, MemberRole, Studio
from webapp.money import letters
from webapp.platform import mail


def opened(session: Session) -> Studio:
    studio = StudioFactory(name="Willow")
    for role, name in ((MemberRole.OWNER, "owner"), (MemberRole.TEACHER, "teacher")):
        user = UserFactory(email=f"{name}@willow.example", language=Language.CHINESE)
        MembershipFactory(studio=studio, user=user, role=role)
    return studio


def kinds(session: Session, days: float = 0) -> list[tuple[str, str]]:
    due = letters.due(session, NOW + timedelta(days=days))
    session.commit()
    return [(letter.kind, letter.email) for letter in due]


def test_the_end_of_a_trial_is_told_once_to_the_owner(session: Session) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add(begun)
    assert kinds(session, 10) == []
    assert kinds(session, 12) == [("trial_ends", "owner@willow.example")]
    assert kinds(session, 13) == []
    assert kinds(session, 20) == []


def test_a_trial_that_is_followed_by_prepaid_time_ends_in_silence(session: Session) -> None:
    begun = trial(NOW)
    begun.studio_id = opened(session).id
    session.add_all([begun, purchase(1, NOW, studio_id=begun.studio_id)])
    assert kinds(session, 13) == []
    assert kinds(session, 42) == [("pass_ends", "owner@willow.example")]


def test_the_end_of_prepaid_time_is_told(session: Session) -> None:
    session.add(purchase(1, NOW, studio_id=opened(session).id))
    assert kinds(session, 29) == [("pass_ends", "owner@willow.example")]


def test_a_failed_payment_is_told_and_so_is_what_follows(session: Session) -> None:
    row = subscription(studio_id=opened(session).id, status="past_due", unpaid_since=NOW)
    session.add(row)
    assert kinds(session, 1) == [("failed", "owner@willow.example")]
    assert kinds(session, 2) == []
    assert kinds(session, 15) == [("read_only", "owner@willow.example")]
    row.status, row.unpaid_since = "active", None
    assert kinds(session, 16) == []


def test_a_letter_is_in_its_readers_language(app: Flask) -> None:
    with app.app_context():
        for locale in ("en", "zh_Hans_CN"):
            letters.send(letters.Letter("trial_ends", "o@willow.example", locale, "Willow", NOW))
        chinese, english = sorted(
            mail.letters(app.config["SETTINGS"]), key=lambda letter: letter.subject.isascii()
        )
    assert "The trial of Willow ends soon" in english.subject
    assert "http://localhost:8000/plan" in english.text
    assert "免费版" in chinese.text
    assert "Nov" in english.text
