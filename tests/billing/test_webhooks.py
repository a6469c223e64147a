"""Webhooks: signed, ours, once. Everything else is refused or ignored, and said in the log."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select
from structlog.testing import capture_logs

from billing.gateway import Gateway
from billing.tables import Event, EventState
from billing.webhooks import MOST_BYTES, Outcome, receive
from tests.billing.rows import at
from tests.billing.together import together

NOW = at(3, 10)
CURRENT, PREVIOUS = "whsec_current", "whsec_previous"


@pytest.fixture
def gateway() -> Gateway:
    return Gateway("sk_test_x", [CURRENT, PREVIOUS], "http://127.0.0.1:9")


def body(**changes: Any) -> bytes:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "invoice.paid",
        "livemode": False,
        "created": 1_770_000_000,
        "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1"}},
    }
    return json.dumps(event | changes).encode()


def sign(payload: bytes, secret: str = CURRENT, at: float | None = None) -> str:
    """As Stripe documents it: v1 is the HMAC-SHA256 of the time, a dot and the body."""
    stamp = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"


def test_an_event_is_kept_once(books: Session, gateway: Gateway) -> None:
    payload = body()
    assert receive(books, NOW, gateway, payload, sign(payload)) == (Outcome.KEPT, "evt_1")
    assert receive(books, NOW, gateway, payload, sign(payload)) == (Outcome.REPEATED, "evt_1")
    event = books.exec(select(Event)).one()
    assert (event.state, event.customer, event.received_at) == (EventState.WAITING, "cus_1", NOW)


def test_the_previous_secret_still_counts(books: Session, gateway: Gateway) -> None:
    payload = body()
    assert receive(books, NOW, gateway, payload, sign(payload, PREVIOUS))[0] is Outcome.KEPT


@pytest.mark.parametrize(
    "signature",
    [
        lambda: "",
        lambda: "nonsense",
        lambda: "t=1,v1=",
        lambda: "t=x,v1=abc",
        lambda: sign(body(), "whsec_other"),
        lambda: sign(body(), at=time.time() - 4000),
        lambda: sign(body(id="evt_2")),
    ],
    ids=["none", "nonsense", "empty", "no-time", "other-secret", "too-old", "other-body"],
)
def test_what_is_not_signed_by_us_is_refused(
    books: Session, gateway: Gateway, signature: Callable[[], str]
) -> None:
    outcome, _ = receive(books, NOW, gateway, body(), signature())
    assert (outcome, outcome.status) == (Outcome.UNSIGNED, 400)
    assert books.exec(select(Event)).all() == []


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"object": "event"}',
        body(created=None),
        body(created="soon"),
        body(id="evt_" + "1" * 90),
        body(data={}),
        body(data={"object": 1}),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(books: Session, gateway: Gateway, payload: bytes) -> None:
    assert receive(books, NOW, gateway, payload, sign(payload))[0] is Outcome.UNSIGNED


def test_five_megabytes_are_refused_before_they_are_looked_at(books: Session, gateway: Gateway) -> None:
    payload = b"x" * 5_000_000
    assert len(payload) > MOST_BYTES
    outcome, _ = receive(books, NOW, gateway, payload, sign(payload))
    assert (outcome, outcome.status) == (Outcome.TOO_LARGE, 413)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"livemode": True}, Outcome.OTHER_MODE),
        ({"account": "acct_9"}, Outcome.OTHER_ACCOUNT),
        ({"type": "payout.paid"}, Outcome.UNKNOWN_TYPE),
        ({"type": "something.never.heard.of"}, Outcome.UNKNOWN_TYPE),
    ],
)
def test_what_is_not_for_us_is_ignored_and_logged(
    books: Session, gateway: Gateway, changes: dict[str, Any], expected: Outcome
) -> None:
    payload = body(**changes)
    with capture_logs() as logs:
        outcome, _ = receive(books, NOW, gateway, payload, sign(payload))
    assert (outcome, outcome.status) == (expected, 200)
    assert logs[0]["outcome"] == expected.value
    assert books.exec(select(Event)).all() == []


def test_a_live_key_takes_live_events_only(books: Session) -> None:
    live = Gateway("sk_live_x", [CURRENT], "http://127.0.0.1:9")
    payload = body()
    assert receive(books, NOW, live, payload, sign(payload))[0] is Outcome.OTHER_MODE
    payload = body(livemode=True)
    assert receive(books, NOW, live, payload, sign(payload))[0] is Outcome.KEPT


def test_a_dispute_is_kept_with_the_charge_by_which_its_customer_is_found(
    books: Session, gateway: Gateway
) -> None:
    payload = body(
        type="charge.dispute.created", data={"object": {"id": "dp_1", "object": "dispute", "charge": "ch_1"}}
    )
    receive(books, NOW, gateway, payload, sign(payload))
    assert (books.exec(select(Event.charge)).one(), books.exec(select(Event.customer)).one()) == (
        "ch_1",
        None,
    )


def test_the_same_event_twice_at_once_is_kept_once(engine: sa.Engine, gateway: Gateway) -> None:
    payload = body()
    outcomes = []

    def work(_number: int) -> None:
        with Session(engine) as session:
            outcomes.append(receive(session, NOW, gateway, payload, sign(payload))[0])
            session.commit()

    together(work)
    assert sorted(outcomes) == [Outcome.KEPT] + [Outcome.REPEATED] * 7
