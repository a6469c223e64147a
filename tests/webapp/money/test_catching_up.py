"""An owner who comes back from paying what was open finds the plan as it is, before any webhook told."""

import socket
from datetime import datetime, timedelta

import pytest
import stripe
from flask import Flask
from sqlmodel import Session, select

from billing import customers
from billing.gateway import GatewayError
from billing.tables import Customer, Subscription
from tests.billing.rows import subscription
from tests.billing.shop import Shop
from tests.conftest import Client
from tests.factories import MembershipFactory, StudioFactory, UserFactory
from webapp.accounts.tables import MemberRole, Studio
from webapp.lessons.edge import now
from webapp.money import catching_up

OWED = "Drafting goes on until"


@pytest.fixture
def studio(session: Session) -> Studio:
    return StudioFactory()


def come_in(client: Client, studio: Studio, role: MemberRole = MemberRole.OWNER) -> None:
    person = UserFactory()
    MembershipFactory(studio=studio, user=person, role=role)
    client.sign_in(person)


def asked_last(session: Session, studio: Studio, **ago: float) -> None:
    session.get_one(Customer, studio.id).projected_at = now() - timedelta(**ago)
    session.commit()


def look(client: Client, session: Session) -> str:
    """The plan's page, as a browser that comes anew sees it; nothing is held up by having looked at it."""
    session.expire_all()
    page = client.get("/plan").text
    session.commit()
    return page


def let_the_period_pass(session: Session, studio: Studio) -> datetime:
    """It is over as far as we know; when it really is."""
    row = session.exec(select(Subscription).where(Subscription.studio_id == studio.id)).one()
    ends, over = row.period_ends, now() - timedelta(days=1)
    row.period_begins, row.period_ends = over - timedelta(days=30), over
    session.commit()
    return ends


@pytest.fixture
def owing(session: Session, studio: Studio) -> Studio:
    """A studio whose payment failed, and of which Stripe said so long ago."""
    customers.ensure(session, now(), studio.id)
    session.get_one(Customer, studio.id).stripe_id = "cus_1"
    session.add(subscription(studio_id=studio.id, status="past_due", unpaid_since=now()))
    asked_last(session, studio, minutes=5)
    return studio


@pytest.mark.sandbox
class TestAtTheSandbox:
    """It tells no webhook anything there."""

    def test_what_was_paid_on_the_invoices_page_is_seen_at_once(
        self, client: Client, session: Session, studio: Studio, shop: Shop
    ) -> None:
        shop.buy("subscription-teacher-month-usd")
        shop.use_card("4000000000000341")
        shop.wait(days=32)
        shop.refresh()
        come_in(client, studio)
        asked_last(session, studio, seconds=30)
        assert OWED in client.get("/plan").text
        shop.use_card("4242424242424242")
        (owed,) = [i for i in shop.gateway.invoices(shop.stripe_id()) if i["status"] == "open"]
        shop.v1.invoices.pay(owed["id"])
        assert OWED in client.get("/plan").text  # Stripe was asked a moment ago
        asked_last(session, studio, seconds=30)
        page = client.get("/plan").text
        assert OWED not in page
        assert "It renews on" in page
        assert page.count("paid</span>") == 2

    def test_what_stripe_calls_unpaid_goes_on_with_its_newest_invoice(
        self, client: Client, session: Session, studio: Studio, shop: Shop
    ) -> None:
        shop.control("switches", after_retries="unpaid")
        shop.buy("subscription-teacher-month-usd")
        shop.use_card("4000000000000341")
        shop.wait(days=80)
        shop.refresh()
        newest, older, _ = shop.gateway.invoices(shop.stripe_id())
        assert (newest["status"], older["status"]) == ("draft", "open")
        come_in(client, studio)
        asked_last(session, studio, seconds=5)
        page = look(client, session)
        assert "nothing new is drafted until it is paid" in page
        assert f'href="{older["hosted_invoice_url"]}">Pay now' not in page  # it would change nothing
        shop.use_card("4242424242424242")
        shop.v1.invoices.pay(older["id"])
        asked_last(session, studio, seconds=30)
        page = look(client, session)
        assert "nothing new is drafted until it is paid" in page
        assert "/plan/pay" in page
        assert "Pay now" in client.get("/lessons").text

        sent = client.post("/plan/pay")
        session.commit()
        final = shop.gateway.invoice(newest["id"])
        assert (sent.status_code, sent.location) == (303, final["hosted_invoice_url"])
        assert (final["status"], final["attempted"]) == ("open", False)
        assert client.post("/plan/pay").location == sent.location
        assert f'href="{sent.location}">Pay now' in look(client, session)
        shop.v1.invoices.pay(newest["id"])
        asked_last(session, studio, seconds=30)
        page = look(client, session)
        assert "It renews on" in page
        assert shop.entitled().drafts
        assert client.post("/plan/pay", follow_redirects=True).text.count("changed meanwhile") == 1

    def test_an_invoice_that_was_given_up_is_paid_as_any_other(
        self, client: Client, session: Session, studio: Studio, shop: Shop
    ) -> None:
        shop.control("switches", after_retries="unpaid")
        shop.buy("subscription-teacher-month-usd")
        shop.use_card("4000002760003184")  # its bank always asks
        shop.wait(days=50)
        owed, _ = shop.gateway.invoices(shop.stripe_id())
        shop.v1.invoices.mark_uncollectible(owed["id"])
        shop.refresh()
        come_in(client, studio)
        asked_last(session, studio, seconds=5)
        page = look(client, session)
        assert "Your bank wants you to confirm the payment of $12." in page
        assert page.count(f'href="{owed["hosted_invoice_url"]}">Confirm') == 2
        shop.use_card("4000000000000341")
        with pytest.raises(stripe.CardError):
            shop.v1.invoices.pay(owed["id"])
        asked_last(session, studio, seconds=30)
        assert look(client, session).count(f'href="{owed["hosted_invoice_url"]}">Pay') == 2
        shop.use_card("4242424242424242")
        shop.v1.invoices.pay(owed["id"])
        asked_last(session, studio, seconds=30)
        assert "It renews on" in look(client, session)

    def test_a_renewal_of_which_nobody_told_is_asked_about(
        self, client: Client, session: Session, studio: Studio, shop: Shop
    ) -> None:
        shop.buy("subscription-teacher-month-usd")
        come_in(client, studio)
        renews = let_the_period_pass(session, studio)
        asked_last(session, studio, seconds=30)
        page = look(client, session)
        assert "It renews on" in page
        assert session.exec(select(Subscription)).one().period_ends == renews

    def test_an_end_of_which_nobody_told_is_asked_about(
        self, client: Client, session: Session, studio: Studio, shop: Shop
    ) -> None:
        shop.buy("subscription-teacher-month-usd")
        (there,) = shop.gateway.subscriptions(shop.stripe_id())
        shop.gateway.cancel_subscription(there["id"])
        come_in(client, studio)
        let_the_period_pass(session, studio)
        asked_last(session, studio, seconds=30)
        page = look(client, session)
        assert "of 20 used" in page
        assert "/plan/cancel" not in page


class TestWhileStripeIsAway:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Who was asked about, in turn; Stripe cannot be reached."""
        asked: list[str] = []

        def refuse(
            _sessions: object, _to: object, _at: object, studio_id: str, *_: object, **_by: object
        ) -> None:
            asked.append(studio_id)
            raise GatewayError("APIConnectionError", again=True)

        monkeypatch.setattr("billing.refreshing.refresh", refuse)
        return asked

    def test_the_page_is_as_before_and_asks_no_more_for_a_while(
        self, client: Client, owing: Studio, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        come_in(client, owing)
        for _ in range(2):
            page = client.get("/plan")
            assert (page.status_code, OWED in page.text) == (200, True)
        assert len(asked) == 1
        monkeypatch.setattr(catching_up, "machine_now", lambda: now() + catching_up.PAGES_WAIT)
        client.get("/plan")
        assert len(asked) == 2

    def test_only_an_owner_who_owes_has_it_asked(
        self, client: Client, session: Session, owing: Studio, asked: list[str]
    ) -> None:
        come_in(client, owing, MemberRole.TEACHER)
        client.get("/plan")
        asked_last(session, owing, seconds=3)
        come_in(client, owing)
        client.get("/plan")
        asked_last(session, owing, minutes=5)
        row = session.get_one(Subscription, "sub_1")
        row.status, row.period_ends = "active", now() + timedelta(days=1)
        client.get("/plan")
        assert asked == []

    def test_a_day_that_is_past_is_not_called_one_to_come(
        self, client: Client, session: Session, owing: Studio
    ) -> None:
        row = session.get_one(Subscription, "sub_1")
        row.status, row.unpaid_since = "active", None
        over = let_the_period_pass(session, owing)
        come_in(client, owing)
        assert over < now()
        for language, said in (("en", "has not told us yet"), ("zh", "支付服务还没有告诉我们")):
            client.post("/language", data={"language": language})
            page = look(client, session)
            assert said in page
            assert "renews on" not in page
            assert "续费，" not in page

    def test_with_a_plan_that_has_ended_nobody_can_go_on(
        self, client: Client, session: Session, owing: Studio
    ) -> None:
        row = session.get_one(Subscription, "sub_1")
        row.status, row.unpaid_since = "active", None
        come_in(client, owing)
        for day, is_there in ((1, True), (-1, False)):
            row.period_ends = row.ends_at = now() + timedelta(days=day)
            session.add(row)
            session.commit()
            page = look(client, session)
            assert ("/plan/resume" in page) is is_there
            assert ("See plans" in page) is not is_there

    def test_nobody_answers_at_the_address(self, client: Client, owing: Studio) -> None:
        come_in(client, owing)
        assert OWED in client.get("/plan").text

    def test_one_who_never_answers_is_waited_for_once(
        self, app: Flask, client: Client, owing: Studio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("billing.gateway.HURRY_SECONDS", 0.2)
        come_in(client, owing)
        with socket.create_server(("127.0.0.1", 0)) as mute:
            address = f"http://127.0.0.1:{mute.getsockname()[1]}"
            app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"stripe_address": address})
            for _ in range(2):
                assert OWED in client.get("/plan").text
            mute.setblocking(False)
            mute.accept()[0].close()
            with pytest.raises(BlockingIOError):
                mute.accept()
