"""What a studio may do, read off Stripe's own objects, its trial and the list of prices, with none of our
functions. Where prepaid times hold one another up it knows bounds only; what it says is never wrong.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from billing.entitlements import Entitlement, Source
from billing.snapshot import Snapshot
from billing.tables import Customer, Dispute, Invoice, Trial

COMMENTS = {"free": 20, "teacher": 400, "studio": 500}
GRACE = timedelta(days=14)
SLACK = timedelta(days=4)
"""By so much two lengths of one month, or one year, differ."""

Rank = tuple[int, int]


class Pass(NamedTuple):
    """A prepaid time that nobody has taken back. It would end at ``ends`` if it ran at once, and is used up
    at ``latest`` however long it had to wait.
    """

    id: str
    plan: str
    seats: int
    paid: datetime
    ends: datetime
    latest: datetime

    @property
    def rank(self) -> Rank:
        return rank(self.plan, self.seats)


class Card(NamedTuple):
    """A subscription that gives access. ``grace``: its payment failed, and until then it does."""

    id: str
    plan: str
    seats: int
    ends: datetime | None
    grace: datetime | None

    @property
    def rank(self) -> Rank:
        return rank(self.plan, self.seats)


def rank(plan: str, seats: int) -> Rank:
    return list(COMMENTS).index(plan), seats


def check(found: Snapshot, trial: Trial | None, now: datetime, mine: Entitlement) -> None:
    """What we say at this moment is what anyone can read there."""
    begun = [s for s in found.subscriptions if s["status"] in ("active", "past_due", "unpaid")]
    assert len(begun) <= 1
    _check_dropped(found)
    cards = [card for one in begun if (card := _card(one, found, now)) is not None]
    owes = [s for s in begun if s["status"] != "active" and not s["pause_collection"] and not s["cancel_at"]]
    bought = passes(found)
    trying = trial is not None and trial.begins_at <= now < trial.ends_at

    running = [card.rank for card in cards] + [one.rank for one in bought if now < one.ends]
    running += [rank("teacher", 1)] if trying else []
    if running:
        assert rank(mine.plan, mine.seats) >= max(running)
        assert mine.drafts
    elif not any(now < one.latest for one in bought):
        assert mine.source is (Source.NONE if owes else Source.FREE)
    if cards and all(cards[0].rank >= one.rank for one in bought):
        assert mine.source is Source.SUBSCRIPTION
    if not found.subscriptions and trial is None:
        _check_chain(found, bought, now, mine)
    _check_source(cards, bought, trial, owes, now, mine)


def _check_dropped(found: Snapshot) -> None:
    """Nobody can pay for what is over, and nobody is charged who has cancelled what was not paid."""
    over = [s["id"] for s in found.subscriptions if s["ended_at"] is not None]
    open_ = [i for i in found.invoices if i["status"] in ("open", "uncollectible")]
    assert not [i["id"] for i in open_ if _subscription_of(i) in over]
    for one in found.subscriptions:
        if one["status"] == "past_due" and one["cancel_at"] is not None:
            assert at(one["canceled_at"]) < _failing_since(one["id"], found)


def _check_source(
    cards: Sequence[Card],
    bought: Sequence[Pass],
    trial: Trial | None,
    owes: Sequence[Any],
    now: datetime,
    mine: Entitlement,
) -> None:
    """What is said to give the plan is there, and gives so much."""
    said = (mine.plan, mine.seats, mine.ends_at, mine.grace_until)
    match mine.source:
        case Source.SUBSCRIPTION:
            (card,) = cards
            assert (mine.source_id, *said) == card
        case Source.PASS:
            (one,) = [one for one in bought if one.id == mine.source_id]
            assert said == (one.plan, one.seats, mine.ends_at, None)
            assert one.paid <= now < one.latest
            assert mine.ends_at is not None
            assert mine.ends_at > now
            assert all(one.rank > card.rank for card in cards)
        case Source.TRIAL:
            assert trial is not None
            assert said == ("teacher", 1, trial.ends_at, None)
            assert not cards
        case Source.FREE:
            assert said == ("free", 1, None, None)
            assert not owes
        case Source.NONE:
            assert said == ("free", 1, None, None)
            assert owes
    assert mine.granted == (0 if mine.source is Source.NONE else COMMENTS[mine.plan] * mine.seats)


def _check_chain(found: Snapshot, bought: Sequence[Pass], now: datetime, mine: Entitlement) -> None:
    """Where nothing else ever was, and nothing is taken back, passes of one kind follow one another."""
    everything = [s for s in found.sessions if _is_pass(s)]
    if len({one.rank for one in bought}) != 1 or len(bought) != len(everything):
        return
    end = bought[0].paid
    for one in bought:
        told = next(s["metadata"] for s in found.sessions if s["id"] == one.id)
        end = later(max(end, one.paid), int(told["months"]))
    assert (mine.source is Source.PASS) == (now < end)
    if now < end:
        assert mine.ends_at == end


def passes(found: Snapshot) -> list[Pass]:
    """The prepaid times that are paid and not taken back, as they were paid."""
    charges = {c["payment_intent"]: c for c in found.charges if c["paid"]}
    sold = [session for session in found.sessions if _is_pass(session)]
    there = [(charges[s["payment_intent"]["id"]], s["metadata"], s["id"]) for s in sold]
    # So long anything may have held a pass up: other passes, also such as were taken back, and what was
    # subscribed to or tried.
    lengths = {id_: _length(charge, told) + SLACK for charge, told, id_ in there}
    waits = timedelta(days=14) + SLACK + sum(map(_span, found.subscriptions), timedelta())
    made = []
    for charge, told, id_ in there:
        lost = any(d["status"] == "lost" for d in found.disputes.get(charge["id"], []))
        if charge["refunded"] or lost:
            continue
        paid = at(charge["balance_transaction"]["created"])
        ends = later(paid, int(told["months"]))
        latest = paid + sum(lengths.values(), timedelta()) + waits
        made.append(Pass(id_, told["plan"], int(told["seats"]), paid, ends, latest))
    return sorted(made, key=lambda one: (one.paid, one.id))


def check_credit(moves: Sequence[Any], customer: Customer, invoices: Sequence[Invoice]) -> None:
    """The balance is the sum of its book, and of each invoice is stored what the book says that it moved."""
    assert customer.balance == sum(move["amount"] for move in moves)
    moved = dict.fromkeys((invoice.id for invoice in invoices), (0, 0))
    given_back = {move["invoice"] for move in moves if move["type"] == "unapplied_from_invoice"}
    for move in moves:
        if move["invoice"] and move["invoice"] not in given_back:
            after = move["ending_balance"]
            before = after - move["amount"]
            credit, owed = (abs(min(0, before)), abs(min(0, after))), (max(0, before), max(0, after))
            moved[move["invoice"]] = (credit[0] - credit[1], owed[0] - owed[1])
    assert moved == {invoice.id: (invoice.from_credit, invoice.carried) for invoice in invoices}


def check_disputes(listed: Sequence[Any], stored: Sequence[Dispute]) -> None:
    """Each dispute of the account is stored as it is."""
    assert {row.id: (row.charge_id, row.status, row.amount, row.created_at) for row in stored} == {
        one.id: (one.charge, one.status, one.amount, at(one.created)) for one in listed
    }


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def later(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the last one there is."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def _card(subscription: Any, found: Snapshot, now: datetime) -> Card | None:
    """The subscription, if it gives access now."""
    if subscription["pause_collection"] or subscription["status"] == "unpaid":
        return None
    grace = None
    if subscription["status"] == "past_due":
        grace = _failing_since(subscription["id"], found) + GRACE
        if grace <= now:
            return None
    (item,) = subscription["items"]["data"]
    ends = subscription["cancel_at"]
    return Card(
        subscription["id"], item["price"]["metadata"]["code"], item["quantity"], ends and at(ends), grace
    )


def _failing_since(subscription_id: str, found: Snapshot) -> datetime:
    """When what a ``past_due`` subscription owes was due first, after it was last paid."""
    mine = [i for i in found.invoices if _subscription_of(i) == subscription_id]
    mine.sort(key=lambda invoice: -int(invoice["created"]))
    since = None
    for invoice in mine:
        if invoice["status"] == "paid":
            break
        if invoice["billing_reason"] == "subscription_update":
            continue  # a change that waits for its payment
        if invoice["status"] in ("open", "uncollectible") and invoice["attempted"]:
            since = at(invoice["created"])
    assert since is not None
    return since


def _subscription_of(invoice: Any) -> str | None:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    found: str | None = details.get("subscription")
    return found


def _is_pass(session: Any) -> bool:
    return bool((session["metadata"] or {}).get("kind") == "pass" and session["payment_status"] == "paid")


def _length(charge: Any, told: Any) -> timedelta:
    paid = at(charge["balance_transaction"]["created"])
    return later(paid, int(told["months"])) - paid


def _span(subscription: Any) -> timedelta:
    """From its beginning to its end; one that is not over, until further notice."""
    ended = subscription["ended_at"]
    if ended is None and subscription["status"] != "incomplete":
        return timedelta(days=36500)
    return at(ended or subscription["start_date"]) - at(subscription["start_date"])
