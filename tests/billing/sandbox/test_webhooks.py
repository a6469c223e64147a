"""Webhooks arrive signed, are tried again, and go astray when told to."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from tests.billing.conftest import eventually


class Ear:
    """An endpoint that writes down what arrives. ``answers``: the statuses of the next answers, then 200."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, str]] = []
        self.answers: list[int] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((body, self.headers["Stripe-Signature"]))
                self.send_response(ear.answers.pop(0) if ear.answers else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body, _ in self.heard]


@pytest.fixture
def ear() -> Iterator[Ear]:
    found = Ear()
    thread = threading.Thread(target=found.server.serve_forever)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


@pytest.fixture
def secret(client: stripe.StripeClient, ear: Ear) -> str:
    endpoint = client.v1.webhook_endpoints.create({"url": ear.url, "enabled_events": ["customer.created"]})
    assert endpoint.secret is not None
    return endpoint.secret


def _customers(client: stripe.StripeClient, number: int) -> list[str]:
    """Make some; returns the ids of their events, in order."""
    for n in range(number):
        client.v1.customers.create({"name": str(n)})
    found = client.v1.events.list({"type": "customer.created", "limit": 100}).data
    return [one.id for one in found][::-1]


def test_signed(client: stripe.StripeClient, ear: Ear, secret: str) -> None:
    customer = client.v1.customers.create({"name": "A"})
    client.v1.products.create({"name": "not listened to"})
    eventually(lambda: ear.heard)
    body, header = ear.heard[0]
    event = client.construct_event(body, header, secret)
    assert (event.type, event.data.object["id"]) == ("customer.created", customer.id)
    assert (event.api_version, event.livemode) == (stripe.api_version, False)
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, header, secret + "x")
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body + b" ", header, secret)
    stored = client.v1.events.retrieve(event.id)
    assert stored.to_dict()["data"] == event.to_dict()["data"]
    eventually(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)
    assert client.v1.webhook_endpoints.list().data[0].to_dict().get("secret") is None


def test_tried_again(client: stripe.StripeClient, control: Callable[..., Any], ear: Ear, secret: str) -> None:
    control("switches", webhooks={"retry_seconds": [0.05, 0.05, 0.05]})
    ear.answers = [500, 400, 302]
    events = _customers(client, 1)
    eventually(lambda: len(ear.heard) == 4)
    assert ear.ids() == events * 4
    done = eventually(lambda: control("deliveries?state=delivered")["data"])
    assert done[0]["attempt"] == 4


def test_given_up(client: stripe.StripeClient, control: Callable[..., Any], ear: Ear, secret: str) -> None:
    control("switches", webhooks={"retry_seconds": [0.05]})
    ear.answers = [500] * 5
    events = _customers(client, 1)
    eventually(lambda: control("deliveries?state=failed")["data"])
    assert len(ear.heard) == 2
    assert client.v1.events.retrieve(events[0]).pending_webhooks == 1
    assert [one.id for one in client.v1.events.list({"delivery_success": False}).data] == events


def test_lost_and_duplicated(
    client: stripe.StripeClient, control: Callable[..., Any], ear: Ear, secret: str
) -> None:
    control("switches", webhooks={"lose": 1.0})
    _customers(client, 3)
    assert len(control("deliveries?state=lost")["data"]) == 3
    control("switches", webhooks={"duplicate": 1.0})
    events = _customers(client, 2)[3:]
    eventually(lambda: len(ear.heard) == 4)
    assert sorted(ear.ids()) == sorted(events * 2)


def test_held_and_released_in_another_order(
    client: stripe.StripeClient, control: Callable[..., Any], ear: Ear, secret: str
) -> None:
    control("switches", webhooks={"hold": True})
    events = _customers(client, 8)
    assert ear.heard == []
    order = control("deliveries/release", seed=3)["released"]
    eventually(lambda: len(ear.heard) == 8)
    wanted = [one["event"] for name in order for one in control("deliveries")["data"] if one["id"] == name]
    assert sorted(wanted) == sorted(events)
    assert wanted != events


def test_delayed_and_scattered(
    client: stripe.StripeClient, control: Callable[..., Any], ear: Ear, secret: str
) -> None:
    control("switches", webhooks={"delay": [0.2, 0.3], "reorder": 1.0, "seed": 5})
    events = _customers(client, 10)
    eventually(lambda: len(ear.heard) == 10)
    assert sorted(ear.ids()) == sorted(events)
    assert ear.ids() != events


def test_an_endpoint_that_is_switched_off(client: stripe.StripeClient, ear: Ear, secret: str) -> None:
    endpoint = client.v1.webhook_endpoints.list().data[0]
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    _customers(client, 1)
    assert client.v1.events.list({"type": "customer.created"}).data[0].pending_webhooks == 0
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False, "enabled_events": ["*"]})
    client.v1.products.create({"name": "A"})
    eventually(lambda: ear.heard)
    assert json.loads(ear.heard[0][0])["type"] == "product.created"


def test_what_changed_is_told(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "A", "metadata": {"a": "1", "b": "2"}})
    client.v1.customers.update(customer.id, {"name": "B", "metadata": {"a": "3"}}, {"idempotency_key": "k"})
    event = client.v1.events.list({"type": "customer.updated"}).data[0].to_dict()
    assert event["data"]["previous_attributes"] == {"name": "A", "metadata": {"a": "1"}}
    assert event["request"]["idempotency_key"] == "k"
    client.v1.customers.update(customer.id, {"name": "B"})
    assert len(client.v1.events.list({"type": "customer.updated"}).data) == 1
