"""Rows become what Stripe says; said again, nothing changes; the history tells who or what caused it."""

from datetime import timedelta

from sqlmodel import Session, select

from billing import allowances, customers, ledger
from billing.entitlements import Source, entitle, load
from billing.plans import catalogue
from billing.projection import Change, project
from billing.snapshot import Snapshot
from billing.tables import Allowance, Customer, Dispute, History, Invoice, Purchase, Subscription
from tests.billing.objects import charge, customer, invoice, session, subscription, unix
from tests.billing.rows import at

SOLD = catalogue()
NOW = at(2, 1)


def projected(books: Session, found: Snapshot, by: str = "event:evt_1") -> list[Change]:
    customers.ensure(books, NOW, "studio")
    return project(books, NOW, "studio", found, SOLD, by=by)


def monthly(**changes: object) -> dict[str, object]:
    return subscription(at(1, 10), at(2, 10), **changes)


def history(books: Session) -> list[tuple[str, str]]:
    rows = books.exec(select(History).order_by(History.object_id, History.what)).all()
    return [(row.what, row.by) for row in rows]


def test_a_credit_and_what_invoices_took_and_gave_of_it_are_stored(books: Session) -> None:
    moved = [(0, -10800), (-10800, -9600), (-300, 0), (0, 45), (45, 0), (-900, None)]
    found = Snapshot(
        customer(balance=-900),
        subscriptions=[monthly(discounts=["di_1"])],
        invoices=[
            invoice(at(1, day), id=f"in_{day}", starting_balance=before, ending_balance=after)
            for day, (before, after) in enumerate(moved, 1)
        ]
        + [invoice(at(1, 9), id="in_9", status="void", starting_balance=-700, ending_balance=0)],
    )
    projected(books, found)
    assert books.exec(select(Customer.balance)).one() == -900
    rows = books.exec(select(Invoice).order_by(Invoice.id)).all()
    assert [row.from_credit for row in rows] == [-10800, 1200, 300, 0, 0, 0, 0]
    assert [row.carried for row in rows] == [0, 0, 0, -45, 45, 0, 0]
    assert books.exec(select(Subscription.discounted)).one()
    projected(books, Snapshot({"id": "cus_1", "deleted": True}))
    customer_row = books.exec(select(Customer)).one()
    assert (customer_row.gone, customer_row.balance, customer_row.credit) == (True, 0, 0)


def test_the_same_answer_again_changes_nothing(books: Session) -> None:
    found = Snapshot(
        customer(),
        subscriptions=[monthly()],
        invoices=[invoice(at(1, 10))],
        sessions=[session(1, at(1, 5))],
        charges=[charge(1, at(1, 5, 1))],
    )
    made = projected(books, found)
    assert {change.table for change in made} == {"Customer", "Subscription", "Invoice", "Purchase"}
    books.commit()
    assert projected(books, found, by="event:evt_2") == []
    assert {by for _what, by in history(books)} == {"event:evt_1"}


def test_a_subscription_is_read_with_its_period_from_the_item(books: Session) -> None:
    projected(books, Snapshot(customer(), subscriptions=[monthly(code="studio", quantity=3)]))
    row = books.exec(select(Subscription)).one()
    assert (row.plan, row.seats, row.interval, row.amount, row.currency) == (
        "studio",
        3,
        "month",
        1200,
        "usd",
    )
    assert (row.period_begins, row.period_ends) == (at(1, 10), at(2, 10))


def test_a_price_of_somebody_else_gives_no_plan(books: Session) -> None:
    projected(books, Snapshot(customer(), subscriptions=[monthly(code="gold")]))
    assert books.exec(select(Subscription.plan)).one() == ""


def test_cancelling_at_the_end_of_the_period_or_at_a_day_says_when(books: Session) -> None:
    projected(books, Snapshot(customer(), subscriptions=[monthly(cancel_at_period_end=True)]))
    assert books.exec(select(Subscription.ends_at)).one() == at(2, 10)
    projected(books, Snapshot(customer(), subscriptions=[monthly(cancel_at=unix(at(2, 3)))]))
    assert books.exec(select(Subscription.ends_at)).one() == at(2, 3)


def test_grace_is_counted_from_the_oldest_invoice_that_could_not_be_collected(books: Session) -> None:
    owing = {"status": "open", "amount_remaining": 1200, "amount_paid": 0}
    found = Snapshot(
        customer(),
        subscriptions=[monthly(status="past_due")],
        invoices=[
            invoice(at(2, 20), id="in_3", **owing),
            invoice(at(2, 10), id="in_2", **owing),
            invoice(at(1, 10)),
            invoice(at(1, 1), id="in_0", attempted=False, **owing),
        ],
    )
    projected(books, found)
    assert books.exec(select(Subscription.unpaid_since)).one() == at(2, 10)
    entitled = entitle(load(books, "studio"), at(2, 12), SOLD)
    assert entitled.grace_until == at(2, 10) + timedelta(days=14)
    assert [row.id for row in books.exec(select(Invoice).where(Invoice.status == "paid"))] == ["in_1"]


def test_what_was_owed_before_the_last_payment_is_no_trouble_any_more(books: Session) -> None:
    """Stripe goes on when the latest invoice is paid, whatever is still open before it."""
    owing = {"status": "open", "amount_remaining": 1200, "amount_paid": 0}
    older, newest = invoice(at(1, 10), id="in_0", **owing), invoice(at(3, 10), id="in_3", **owing)
    found = Snapshot(customer(), [monthly()], invoices=[older, invoice(at(2, 10), amount_remaining=0)])
    projected(books, found)
    assert books.exec(select(Subscription.unpaid_since)).one() is None
    found.subscriptions, found.invoices = [monthly(status="past_due")], [newest, *found.invoices]
    projected(books, found)
    assert books.exec(select(Subscription.unpaid_since)).one() == at(3, 10)


def test_a_renewal_that_fails_while_a_change_waits_is_owed_and_the_change_is_not(books: Session) -> None:
    owing = {"status": "open", "amount_remaining": 1200, "amount_paid": 0}
    waits = invoice(at(2, 9), id="in_2", billing_reason="subscription_update", **owing)
    found = Snapshot(
        customer(),
        [monthly(pending_update={"expires_at": unix(at(2, 10))}, latest_invoice="in_2")],
        invoices=[waits, invoice(at(1, 10))],
    )
    projected(books, found)
    assert books.exec(select(Subscription.unpaid_since)).one() is None
    found.subscriptions[0] |= {"status": "past_due", "latest_invoice": "in_3"}
    found.invoices.insert(0, invoice(at(2, 10), id="in_3", **owing))
    projected(books, found)
    assert books.exec(select(Subscription.unpaid_since)).one() == at(2, 10)


def test_while_it_is_unpaid_what_is_due_stands_in_drafts(books: Session) -> None:
    draft = {"status": "draft", "attempted": False, "amount_remaining": 1200, "amount_paid": 0}
    found = Snapshot(
        customer(),
        [monthly(status="unpaid")],
        invoices=[invoice(at(m, 10), id=f"in_{m}", **draft) for m in (4, 3)] + [invoice(at(2, 10))],
    )
    projected(books, found)
    assert books.exec(select(Subscription.unpaid_since)).one() == at(3, 10)
    found.subscriptions = [monthly()]
    projected(books, found)
    assert books.exec(select(Subscription.unpaid_since)).one() is None


def test_changes_are_told_with_what_was_before(books: Session) -> None:
    projected(books, Snapshot(customer(), subscriptions=[monthly()]))
    projected(books, Snapshot(customer(), subscriptions=[monthly(code="studio", quantity=2)]), by="user:5")
    row = books.exec(select(History).where(History.what == "plan.changed")).one()
    assert (row.before, row.after) == ({"plan": "teacher", "seats": 1}, {"plan": "studio", "seats": 2})
    assert row.by == books.exec(select(Subscription.by)).one() == "user:5"


def test_a_pass_counts_from_its_payment_and_only_ours_count(books: Session) -> None:
    found = Snapshot(
        customer(),
        sessions=[
            session(1, at(1, 5)),
            session(2, at(1, 6)) | {"payment_status": "unpaid"},
            session(3, at(1, 6)) | {"status": "open"},
            session(4, at(1, 6), studio_id="another"),
            session(5, at(1, 6), kind="hat"),
        ],
        charges=[charge(1, at(1, 6)), charge(2, at(1, 7), paid=False)],
        intents={"pi_2": {"status": "processing", "created": int(at(1, 6).timestamp())}},
    )
    projected(books, found)
    row = books.exec(select(Purchase)).one()
    assert (row.id, row.paid_at, row.amount, row.currency) == ("cs_1", at(1, 6), 7200, "cny")
    assert entitle(load(books, "studio"), at(1, 7), SOLD).source is Source.PASS


def test_what_cost_nothing_counts_from_the_checkout(books: Session) -> None:
    free = session(1, at(1, 5)) | {"payment_status": "no_payment_required", "payment_intent": None}
    projected(
        books, Snapshot(customer(), sessions=[free], charges=[charge(9, at(1, 1)) | {"payment_intent": None}])
    )
    assert books.exec(select(Purchase.paid_at)).one() == at(1, 5)


def test_a_full_refund_revokes_a_partial_one_does_not(books: Session) -> None:
    part = Snapshot(
        customer(),
        sessions=[session(1, at(1, 5))],
        charges=[charge(1, at(1, 5), amount_refunded=100)],
        refunds={"ch_1": [{"created": unix(at(1, 8))}]},
    )
    projected(books, part)
    assert books.exec(select(Purchase.revoked_at)).one() is None
    part.charges = [charge(1, at(1, 5), amount_refunded=7200, refunded=True)]
    part.refunds = {"ch_1": [{"created": unix(at(1, 9))}, {"created": unix(at(1, 8))}]}
    projected(books, part, by="event:evt_2")
    row = books.exec(select(Purchase)).one()
    assert (row.revoked_at, row.refunded) == (at(1, 9), 7200)


def test_a_dispute_is_kept_and_only_a_lost_one_revokes(books: Session) -> None:
    dispute = {
        "id": "dp_1",
        "payment_intent": "pi_1",
        "status": "needs_response",
        "reason": "fraudulent",
        "currency": "cny",
        "amount": 7200,
        "created": unix(at(1, 20)),
        "evidence_details": {"due_by": unix(at(1, 27))},
    }
    found = Snapshot(
        customer(),
        sessions=[session(1, at(1, 5))],
        charges=[charge(1, at(1, 5), disputed=True)],
        disputes={"ch_1": [dispute]},
    )
    projected(books, found)
    assert books.exec(select(Dispute.answer_by)).one() == at(1, 27)
    assert books.exec(select(Purchase.revoked_at)).one() is None
    found.disputes = {"ch_1": [{**dispute, "status": "lost"}]}
    projected(books, found)
    assert books.exec(select(Purchase.revoked_at)).one() == at(1, 20)


def test_a_pack_is_granted_once_and_taken_back_with_its_money(books: Session) -> None:
    pack = session(1, at(1, 5), kind="pack", comments="100")
    found = Snapshot(customer(), sessions=[pack], charges=[charge(1, at(1, 5))])
    projected(books, found)
    projected(books, found)
    entitled = entitle(load(books, "studio"), NOW, SOLD)
    assert allowances.balance(books, "studio", entitled).packs == 100
    found.charges = [charge(1, at(1, 5), amount_refunded=7200, refunded=True)]
    found.refunds = {"ch_1": [{"created": unix(at(1, 9))}]}
    projected(books, found, by="event:evt_2")
    assert books.exec(select(Allowance.granted)).one() == 0
    assert ("quota.changed", "event:evt_2") in history(books)


def test_a_customer_deleted_at_stripe_has_nothing_any_more(books: Session) -> None:
    projected(books, Snapshot(customer(), subscriptions=[monthly()]))
    gone = Snapshot({"id": "cus_1", "object": "customer", "deleted": True})
    projected(books, gone, by="event:evt_9")
    assert entitle(load(books, "studio"), NOW, SOLD).source is Source.FREE
    assert projected(books, gone) == []


def test_of_several_items_the_one_that_is_ours_is_the_plan(books: Session) -> None:
    found = monthly(code="studio", quantity=2)
    ours = found["items"]["data"][0]  # type: ignore[index]
    hat = {**ours, "id": "si_0", "price": {**ours["price"], "id": "price_0", "metadata": {}}}
    found["items"]["data"] = [hat, ours]  # type: ignore[index]
    projected(books, Snapshot(customer(), subscriptions=[found]))
    row = books.exec(select(Subscription)).one()
    assert (row.plan, row.seats, row.item_id, row.price_id) == ("studio", 2, "si_1", "price_1")


def test_a_price_of_another_shop_in_our_account_is_none_of_ours(books: Session) -> None:
    found = monthly()
    found["items"]["data"][0]["price"]["metadata"] = {"app": "hats", "code": "teacher"}  # type: ignore[index]
    projected(books, Snapshot(customer(), subscriptions=[found]))
    assert books.exec(select(Subscription.plan)).one() == ""


def test_no_seats_are_none_and_a_metered_price_is_one(books: Session) -> None:
    for quantity, seats in ((0, 0), (None, 1)):
        projected(books, Snapshot(customer(), subscriptions=[monthly(quantity=quantity)]))
        assert books.exec(select(Subscription.seats)).one() == seats


def test_a_refunded_pack_gives_up_what_was_reserved_when_it_is_released(books: Session) -> None:
    pack = session(1, at(1, 5), kind="pack", comments="100")
    found = Snapshot(customer(), sessions=[pack], charges=[charge(1, at(1, 5))])
    projected(books, found)
    free = entitle(load(books, "studio"), NOW, SOLD)
    ledger.reserve(books, NOW, "studio", [f"d{i}" for i in range(22)], free, by="user:1")
    found.charges = [charge(1, at(1, 5), amount_refunded=7200, refunded=True)]
    found.refunds = {"ch_1": [{"created": unix(at(1, 9))}]}
    projected(books, found)
    assert ledger.release(books, "d21")
    assert allowances.balance(books, "studio", free).packs == 1
    changes = projected(books, found)
    assert allowances.balance(books, "studio", free).packs == 0
    assert [change.table for change in changes] == ["Allowance"]
    assert projected(books, found) == []


def test_packs_are_used_as_they_were_paid_in_whatever_order_that_became_known(books: Session) -> None:
    later, earlier = (session(n, at(1, n), kind="pack", comments="1") for n in (7, 3))
    for sessions in ([later], [later, earlier]):
        projected(
            books, Snapshot(customer(), sessions=sessions, charges=[charge(n, at(1, n)) for n in (7, 3)])
        )
    free = entitle(load(books, "studio"), NOW, SOLD)
    ledger.reserve(books, NOW, "studio", [f"d{i}" for i in range(21)], free, by="user:1")
    taken = books.exec(select(Allowance.source).where(Allowance.is_pack, Allowance.reserved == 1)).all()
    assert taken == ["cs_3"]


def test_a_draft_that_was_deleted_at_stripe_is_forgotten_and_nothing_else_is(books: Session) -> None:
    draft = invoice(at(1, 20), id="in_2", status="draft", number=None)
    projected(books, Snapshot(customer(), invoices=[invoice(at(1, 10)), draft]))
    changes = projected(books, Snapshot(customer(), invoices=[]))
    assert [(change.id, change.after) for change in changes] == [("in_2", {"status": "deleted"})]
    assert books.exec(select(Invoice.id)).all() == ["in_1"]
