"""Whatever is bought, paid, changed, cancelled or resumed is told to the owners in one letter, with the
amounts that Stripe charged.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from billing import changing
from billing.tables import Customer, Event, History, Invoice, Purchase
from tests.billing import history
from tests.billing.post import Post
from tests.billing.shop import SOLD, Shop
from tests.factories import MembershipFactory, StudioFactory, UserFactory
from tests.webapp.money.conftest import SECRET
from webapp.accounts.tables import Language, MemberRole, Studio
from webapp.handlers import HANDLERS
from webapp.money import letters, receipts, untaken, work
from webapp.platform import jobs, mail
from webapp.platform.clock import now
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker

pytestmark = pytest.mark.sandbox


ALWAYS_ASKS = "4000002760003184"


@pytest.fixture
def studio(session: Session) -> Studio:
    studio = StudioFactory(name="Willow", language=Language.ENGLISH)
    owner = UserFactory(email="owner@willow.example", name="Ann")
    MembershipFactory(studio=studio, user=owner, role=MemberRole.OWNER)
    MembershipFactory(studio=studio, user=UserFactory(email="teacher@willow.example"))
    return studio


class Mailbox:
    """Has the letters written that are due, and takes them out."""

    def __init__(self, app: Flask, shop: Shop) -> None:
        self.settings, self.shop = app.config["SETTINGS"], shop

    def new(self) -> list[mail.Letter]:
        """The new letters. Asked for again, none is written once more."""
        self.shop.wait(minutes=1)
        letters.write(self.shop.now())
        self.shop.refresh()
        assert letters.write(self.shop.now()) == 0
        new = mail.letters(self.settings)
        for path in mail.mail_folder(self.settings).glob("*.eml"):
            path.unlink()
        assert {each.to for each in new} <= {"owner@willow.example"}
        return new

    def one(self) -> mail.Letter:
        """The only new letter."""
        (letter,) = self.new()
        assert "\n\n\n" not in letter.text
        assert letter.text.splitlines().count("http://localhost:8000/plan") == 1
        return letter


@pytest.fixture
def box(app: Flask, shop: Shop) -> Mailbox:
    return Mailbox(app, shop)


def newest(shop: Shop) -> Invoice:
    with shop.transactions() as session:
        order = (col(Invoice.created_at).desc(), Invoice.id)
        return session.exec(select(Invoice).order_by(*order).limit(1)).one()


def change(shop: Shop, key: str, seats: int = 1) -> tuple[int, int]:
    """What is due and what is given back, after the change."""
    item, at = SOLD.item(f"vermilion-{key}"), changing.to_second(shop.now())
    quote = changing.quote(shop.gateway, shop.subscription(), item, seats, at, SOLD)
    args = (shop.transactions, shop.gateway, shop.now(), shop.studio_id, item, seats, at)
    changing.change(*args, quote.due, quote.credit, SOLD, by="user:1")
    return quote.due, quote.credit


def ask(shop: Shop, what: Any) -> None:
    what(shop.transactions, shop.gateway, shop.now(), shop.studio_id, SOLD, by="user:1")


def test_a_plan_that_is_bought_is_told_in_one_letter(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-studio-month-usd", seats=3)
    letter, invoice = box.one(), newest(shop)
    assert letter.subject == "Your plan for Willow: the receipt"
    assert letter.text.startswith("Hello Ann,\n\nThank you. The plan for Willow has begun.\n\n")
    assert "Your plan: Studio, paid by the month, 3 seats\nPaid: $42.00\nPaid on: " in letter.text
    assert f"Invoice number: {invoice.number}\n" in letter.text
    assert f"\n{invoice.page}\n" in letter.text
    assert re.search(r"It renews on \w+ \d+, \d{4} for \$42\.00\.", letter.text)
    assert "until you cancel it" in letter.text
    assert letter.text.count("renew") == 1


def test_a_discount_is_not_in_what_was_paid(box: Mailbox, shop: Shop) -> None:
    session_id = shop.start("subscription-teacher-month-usd")
    shop.pay(session_id, promotion_code="FIRSTTERM")
    shop.refresh()
    assert "Paid: $9.60\n" in box.one().text


def test_each_renewal_is_told_and_one_that_a_credit_pays_is_not(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-studio-month-usd", seats=5)
    box.one()
    shop.wait(days=32)
    shop.refresh()
    letter = box.one()
    assert letter.subject == "Your payment for Willow: the receipt"
    assert "Studio, paid by the month, 5 seats\nPaid: $70.00\n" in letter.text
    change(shop, "subscription-teacher-month-usd")
    box.one()
    shop.wait(days=32)
    shop.refresh()
    assert (newest(shop).reason, newest(shop).paid) == ("subscription_cycle", 0)
    assert box.new() == []


def test_a_change_that_is_charged_is_told_in_one_letter(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    due, _credit = change(shop, "subscription-studio-year-usd", 2)
    letter, invoice = box.one(), newest(shop)
    assert letter.subject == "The plan of Willow is changed"
    assert "Until now: Teacher, paid by the month\n" in letter.text
    assert "From now on: Studio, paid by the year, 2 seats\n" in letter.text
    assert invoice.paid == due
    assert f"Paid: ${due // 100}.{due % 100:02}\n" in letter.text
    assert str(invoice.number) in letter.text


def test_a_change_that_gives_something_back_tells_the_credit(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-studio-month-usd", seats=5)
    box.one()
    _due, credit = change(shop, "subscription-teacher-month-usd")
    letter = box.one()
    assert f"${credit // 100}.{credit % 100:02} stays as a credit" in letter.text
    assert "Paid" not in letter.text


def test_a_change_that_had_to_be_confirmed_is_told_when_it_is_made(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    shop.use_card(ALWAYS_ASKS)
    shop.refresh()
    change(shop, "subscription-studio-month-usd", 2)
    assert box.new() == []
    shop.wait(hours=3)
    (waiting,) = [
        one.id
        for one in shop.v1.payment_intents.list({"customer": shop.stripe_id()}).data
        if one.status == "requires_action"
    ]
    shop.control(f"authenticate/{waiting}", outcome="pay")
    shop.refresh()
    assert box.one().subject == "The plan of Willow is changed"


def test_two_changes_in_a_row_are_two_letters_each_with_its_own_amount(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    first, _ = change(shop, "subscription-studio-month-usd", 2)
    shop.wait(seconds=45)
    second, _ = change(shop, "subscription-studio-month-usd", 5)
    later, earlier = sorted(box.new(), key=lambda each: "5 seats" not in each.text)
    assert f"Paid: ${first / 100:.2f}\n" in earlier.text
    assert f"Paid: ${second / 100:.2f}\n" in later.text
    assert "Until now: Studio, paid by the month, 2 seats\n" in later.text


def test_cancelling_and_resuming_are_told_each(box: Mailbox, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    box.one()
    ask(shop, changing.cancel)
    letter = box.one()
    assert letter.subject == "The plan of Willow is cancelled"
    assert re.search(r"runs until \w+ \d+, \d{4} and does not renew\.", letter.text)
    assert "Free, 20 comments a month" in letter.text
    assert "take it back" in letter.text
    ask(shop, changing.resume)
    letter = box.one()
    assert letter.subject == "The plan of Willow goes on"
    assert "It renews on" in letter.text
    ask(shop, changing.cancel)
    box.one()
    shop.wait(days=32)
    shop.refresh()
    assert shop.live() == []
    assert box.new() == []  # that it would end then was told


def test_what_is_paid_once_is_told_in_one_letter(box: Mailbox, shop: Shop) -> None:
    shop.buy("pass-teacher-month-usd")
    letter, invoice = box.one(), newest(shop)
    assert letter.subject == "Prepaid time for Willow: the receipt"
    assert "Bought: Teacher for a month, prepaid\nPaid: $13.00\n" in letter.text
    assert re.search(r"Runs: \w+ \d+, \d{4} – \w+ \d+, \d{4}\n", letter.text)
    assert "does not renew by itself" in letter.text
    assert f"\n{invoice.page}\n" in letter.text
    shop.buy("pack-100-usd")
    letter = box.one()
    assert letter.subject == "More comments for Willow: the receipt"
    assert "Bought: 100 more comments\nPaid: $4.00\n" in letter.text


def test_what_was_settled_long_ago_is_not_told_to_whom_it_is_new(
    session: Session, shop: Shop, studio: Studio
) -> None:
    shop.buy("pack-100-usd")
    shop.wait(days=1)
    user = UserFactory(email="second@willow.example")
    MembershipFactory(studio=studio, user=user, role=MemberRole.OWNER, created_at=shop.now())
    session.commit()
    assert [letter.email for letter in letters.due(session, shop.now())] == ["owner@willow.example"]
    session.commit()
    shop.wait(days=7)
    assert letters.write(shop.now()) == 0


def test_a_receipt_that_did_not_leave_is_written_again(
    app: Flask, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.buy("subscription-teacher-month-usd")
    change(shop, "subscription-studio-month-usd", 2)
    shop.wait(minutes=1)

    def stop(*_args: object) -> bool:
        raise KeyboardInterrupt

    def refuse(*_args: object) -> None:
        raise SMTPException

    with monkeypatch.context() as during:
        during.setattr(mail, "send_now", stop)
        with pytest.raises(KeyboardInterrupt):
            letters.write(shop.now())
    with monkeypatch.context() as during:
        during.setattr(mail, "_keep", refuse)
        assert letters.write(shop.now()) == 0
    later = now() + untaken.LONGEST
    monkeypatch.setattr(untaken, "machine_now", lambda: later)
    assert letters.write(shop.now()) == 2
    assert letters.write(shop.now()) == 0


def test_what_another_process_wrote_meanwhile_is_not_written_again(
    shop: Shop, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.buy("subscription-teacher-month-usd")
    change(shop, "subscription-studio-month-usd", 2)
    shop.wait(minutes=1)
    found = letters.due(session, shop.now())
    session.commit()
    (change_of_plan,) = [letter for letter in found if letter.kind == "changed"]
    assert change_of_plan.receipt is not None
    (invoice,) = change_of_plan.receipt.invoices
    apart = replace(change_of_plan.receipt, kind="paid", id=invoice.id)
    assert letters.write(shop.now()) == 2
    stale = [*found, replace(change_of_plan, kind="paid", key="paid:x", receipt=apart)]
    monkeypatch.setattr(letters, "due", lambda *_args: stale)
    assert letters.write(shop.now()) == 0


def test_a_receipt_leaves_soon_after_the_event_and_not_with_the_minute(app: Flask, shop: Shop) -> None:
    shop.buy("subscription-teacher-month-usd")
    moment = now()
    with shop.transactions() as ours:
        customer = ours.get_one(Customer, shop.studio_id).stripe_id
        about: dict[str, Any] = {"type": "invoice.paid", "created_at": moment, "received_at": moment}
        for event_id in ("evt_1", "evt_2"):
            ours.add(Event(id=event_id, customer=customer, **about))
            work.ask(ours, event_id)
    worker = Worker(app, jobs.MONEY, HANDLERS)
    while worker.work_once():
        pass
    with shop.transactions() as ours:
        job = ours.exec(select(Job).where(Job.kind == "letters")).one()
        assert job.args == {"studio": shop.studio_id}
        assert job.lease_until is not None
        assert job.lease_until > moment + receipts.SETTLED
        job.lease_until = None
    assert worker.work_once()
    with shop.transactions() as ours:
        assert ours.get_one(Job, job.id).state is JobState.DONE
        ours.add(Event(id="evt_3", customer=customer, **about))
        work.ask(ours, "evt_3")
    while worker.work_once():
        pass
    with shop.transactions() as ours:
        assert ours.get_one(Job, job.id).state is JobState.QUEUED


class TestInAnyOrder:
    """Events come in any order, twice, late or never; what owners do comes in any order as well."""

    @pytest.fixture
    def post(self, shop: Shop, seed: int) -> Iterator[Post]:
        post = Post(shop, SECRET, random.Random(seed))
        yield post
        post.stop()

    @pytest.mark.parametrize("seed", range(6))
    def test_every_payment_is_told_exactly_once(
        self, shop: Shop, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(receipts, "LATEST", timedelta(days=3000))  # here months go by at once
        moves = history.History(shop, post.rng, "usd")
        shop.start("subscription-teacher-month-usd")
        for _ in range(8):
            moves.move()
            post.collect()
            post.deliver()
            shop.wait(minutes=1)
            letters.write(shop.now())
        shop.wait(minutes=1)
        post.collect()
        post.arrive()
        shop.refresh()
        shop.wait(minutes=1)
        letters.write(shop.now())
        assert letters.write(shop.now()) == 0
        with shop.transactions() as ours:
            notes = ours.exec(select(History).where(History.what == "letter")).all()
            paid = {i.id: i for i in ours.exec(select(Invoice).where(Invoice.paid > 0))}
            kept = ours.exec(select(Purchase.id).where(col(Purchase.revoked_at).is_(None))).all()
        told = [note for note in notes if note.object_id.split(":")[0] in receipts.KINDS]
        keys = [note.object_id for note in told]
        assert len(keys) == len({*keys}), moves.told
        invoices = [i for note in told for i in note.after.get("invoices", []) if i in paid]
        assert len(invoices) == len({*invoices}), moves.told
        # Money of a pass or a pack that went back at once may go untold, but nothing of a subscription's.
        assert {i.subscription_id for i in paid.values() if i.id not in invoices} <= {None}, moves.told
        once = {key.split(":")[2] for key in keys if key.startswith(("pass:", "pack:"))}
        assert {*kept} <= once, moves.told
        # A change and its invoice are one letter.
        alone = [paid[key.split(":")[2]].reason for key in keys if key.startswith("paid:")]
        assert "subscription_update" not in alone, moves.told
