"""The connection to Stripe of this application, and short transactions for what asks Stripe in between."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, g, url_for
from sqlmodel import Session

from billing.gateway import Gateway
from webapp.platform import jobs
from webapp.platform.access import member
from webapp.platform.db import db, reading
from webapp.platform.queue import wake
from webapp.platform.settings import Settings


def settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def sells() -> bool:
    """Whether this server sells anything. One without a key of Stripe's does not, and limits nobody."""
    return bool(settings().stripe_key)


def offers() -> str:
    """The full address of the page with plans and packs."""
    return settings().base_url.rstrip("/") + url_for("money.pricing")


def gateway(*, hurried: bool = False) -> Gateway:
    """Opened once for each application, and once more for who must not wait for Stripe (``hurried``)."""
    made: dict[bool, Gateway] = current_app.extensions.setdefault("stripe", {})
    if hurried not in made:
        said = settings()
        made[hurried] = Gateway(
            said.stripe_key,
            [said.stripe_webhook_secret, said.stripe_webhook_secret_before],
            said.stripe_address,
            hurried=hurried,
        )
    return made[hurried]


@contextmanager
def transactions() -> Iterator[Session]:
    """A short transaction of its own, committed at the end. The request's own ends before, for on SQLite the
    two would lock each other out.
    """
    db.session.commit()
    before = reading.set(False)
    try:
        with db.new_session() as session:
            yield session
            session.commit()
    finally:
        reading.reset(before)


def wake_money() -> None:
    """After the commit: there is something to do about money."""
    wake(settings(), jobs.MONEY)


def who() -> str:
    """Who acts, as billing notes it."""
    return f"user:{member().user_id}" if "membership" in g else "worker"
