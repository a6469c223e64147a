"""Several processes write the letters at the same moment, on PostgreSQL; on SQLite one follows another."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session

from tests.billing.rows import purchase, trial
from tests.conftest import make_settings
from tests.factories import NOW, MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import MemberRole
from webapp.money import letters
from webapp.platform import mail
from webapp.platform.settings import Settings


@pytest.fixture
def settings(postgres_settings: Settings) -> Settings:
    address: dict[str, Any] = {"database_url": postgres_settings.database_url}
    return make_settings(postgres_settings.home, stripe_key="sk_test_x", **address)


def test_each_letter_is_written_by_one_of_them(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        studio, user = StudioFactory(), UserFactory()
        MembershipFactory(studio=studio, user=user, role=MemberRole.OWNER)
        begun = trial(NOW)
        begun.studio_id, begun.payer = studio.id, studio.id
        session.add_all([begun, purchase(user.id or 0, NOW, studio_id=studio.id)])
    session.commit()
    together, find = threading.Barrier(3, timeout=60), letters.due

    def find_together(*args: Any) -> list[letters.Letter]:
        found = find(*args)
        together.wait()
        return found

    monkeypatch.setattr(letters, "due", find_together)
    left: list[int] = []

    def write() -> None:
        with app.app_context():
            left.append(letters.write(NOW.replace(hour=12)))

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sum(left) == len(mail.letters(app.config["SETTINGS"])) == 4
