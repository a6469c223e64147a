"""The studio's plan: what it has, what is left, its invoices; and the page on which nothing is left."""

from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import col, select

from billing import delayed, entitlements
from billing.entitlements import Entitlement, Source
from billing.plans import catalogue
from billing.tables import Customer, Invoice, Purchase, Subscription
from webapp.accounts import seats
from webapp.accounts.tables import MemberRole
from webapp.lessons.edge import now
from webapp.lessons.tables import Lesson
from webapp.money import invoicing, offering, owed_words, prepaid_words, quota, waiting, wording
from webapp.money.blueprint import bp
from webapp.money.catching_up import catch_up
from webapp.money.edge import sells
from webapp.platform.access import member, owned, studio
from webapp.platform.db import db

INVOICES_SHOWN = 24


@bp.get("/plan")
def plan() -> ResponseReturnValue:
    """What the studio has and what is left; an owner can change it here."""
    is_owner = member().role is MemberRole.OWNER
    if sells() and is_owner:
        catch_up(studio().id, "plan")
    here = quota.standing(db.session, now(), studio().id)
    if here is None:
        return render_template("money/nothing_sold.html")
    stored = entitlements.load(db.session, studio().id)
    # What has ended as it was announced is over, whether or not Stripe has said so: nobody can go on with it.
    live = [s for s in entitlements.live(stored) if s.ends_at is None or s.ends_at > now()]
    invoices = db.session.exec(
        select(Invoice)
        .where(Invoice.studio_id == studio().id, col(Invoice.status).not_in(("draft", "void")))
        .order_by(col(Invoice.created_at).desc())
        .limit(INVOICES_SHOWN)
    ).all()
    find = quota.owed if owed_words.owes(here.entitlement) else quota.unconfirmed
    open_invoice = find(db.session, studio().id) if is_owner else None
    customer, coming = db.session.get(Customer, studio().id), _coming(stored, now())
    prepaid_waiting = _prepaid_waiting(stored)
    on_their_way = delayed.on_their_way(db.session, studio().id) if is_owner else []
    failed = delayed.failed(db.session, now(), studio().id) if is_owner else []
    amounts = [s.amount * s.seats for s in live]
    amounts += [p.amount for p, *_when in coming] + [p.amount for p, _left in prepaid_waiting]
    amounts += [payment.amount for payment in [*on_their_way, *failed]]
    amounts += invoicing.invoice_amounts([*invoices, *filter(None, [open_invoice])])
    cents = invoicing.has_cents([*amounts, customer.balance if customer else 0])
    renewal = wording.next_renewal(live[0], now(), cents=cents) if live else ""
    return render_template(
        "money/plan.html",
        here=here,
        name=_name(stored, here.entitlement),
        subscription=live[0] if live else None,
        cancel=_to_cancel(live[0], here.entitlement, cents=cents) if live and is_owner else "",
        renewal=renewal,
        beside=prepaid_words.beside(stored, here.entitlement, renewal, now()),
        on_their_way=[prepaid_words.on_its_way(payment, cents=cents) for payment in on_their_way],
        failed=[prepaid_words.failed(payment, cents=cents) for payment in failed],
        credit=invoicing.credit(customer, live[0] if live else None, cents=cents) if is_owner else "",
        cents=cents,
        invoice_amount=invoicing.invoice_amount,
        invoice_state=invoicing.invoice_state,
        ended=_ended(here.entitlement),
        waiting=_waiting() if here.balance.left else [],
        underway=quota.underway(db.session, studio().id, here),
        owed=bool(entitlements.owing(stored)),
        prepaying=delayed.prepaying(db.session, studio().id),
        over={s.id for s in stored.subscriptions if s.status in entitlements.ENDED},
        coming=coming,
        prepaid_waiting=prepaid_waiting,
        invoices=invoices,
        open_invoice=open_invoice,
        owing=owed_words.owing(here.entitlement, open_invoice, now(), cents=cents),
        seats=seats.seats(db.session, now(), studio().id),
        is_owner=is_owner,
    )


@bp.get("/plan/wall")
def wall() -> ResponseReturnValue:
    """Nothing is left, or less than a lesson needs: a pack, a plan, or wait until the day."""
    here = quota.standing(db.session, now(), studio().id)
    lesson = owned(Lesson, request.args["lesson"]) if request.args.get("lesson") else None
    needs = waiting.undrafted(db.session, lesson) if lesson else 0
    if here is None or (here.balance.left and here.balance.left >= needs):
        there = url_for("lessons.lesson", lesson_id=lesson.id) if here and lesson else url_for("money.plan")
        return redirect(there)
    if lesson:
        cookie["short_of"] = lesson.id  # to it the plan's page leads back
    is_owner = member().role is MemberRole.OWNER
    open_invoice = quota.owed(db.session, studio().id) if is_owner else None
    currency = offering.currency_of(db.session, studio().id)
    return render_template(
        "money/wall.html",
        here=here,
        is_owner=is_owner,
        lesson=lesson,
        needs=needs,
        drafting=waiting.being_drafted(db.session, lesson) if lesson else 0,
        packs=offering.packs(currency),
        larger=offering.larger(here.entitlement, currency),
        open_invoice=open_invoice,
        prepaying=delayed.prepaying(db.session, studio().id),
        owing=owed_words.owing(here.entitlement, open_invoice, now()),
    )


def _name(stored: entitlements.Stored, entitled: Entitlement) -> str:
    """The plan that the studio has, or that it does not pay."""
    if entitled.source is Source.NONE:
        owing = next(s for s in stored.subscriptions if s.id == entitled.source_id)
        if not owing.plan:  # none that is sold here
            return str(_("Not paid"))
        return wording.not_paid(wording.plan_name(owing.plan), owing.seats)
    return wording.with_seats(wording.plan_name(entitled.plan), entitled.seats)


def _ended(entitled: Entitlement) -> str:
    """What is over, where the studio has Free since: the trial, or the plan that it had last."""
    if entitled.source is not Source.FREE:
        return ""
    trial = quota.trial_ended(db.session, now(), studio().id)
    had = quota.last_plan(db.session, now(), studio().id)
    if had is None or (trial is not None and had.day <= trial):
        return wording.after_trial(trial) if trial else ""
    return wording.after_plan(wording.plan_name(had.plan), had.day, had.why)


def _to_cancel(there: Subscription, entitled: Entitlement, *, cents: bool) -> str:
    if there.period_unpaid:
        return wording.to_cancel_unpaid(quota.owed(db.session, studio().id), cents=cents)
    return wording.to_cancel(wording.kept_until(there, entitled, now()))


def _waiting() -> list[waiting.Waiting]:
    return waiting.waiting(db.session, studio().id, cookie.get("short_of", ""))


def _coming(stored: entitlements.Stored, moment: datetime) -> list[tuple[Purchase, datetime, datetime]]:
    """The prepaid times that run or are still to come: what, from when, until when."""
    by_id = {purchase.id: purchase for purchase in stored.purchases}
    stretches = entitlements.pass_stretches(stored, catalogue())
    return [(by_id[s.id], s.begins, s.ends) for s in stretches if s.ends > moment]


def _prepaid_waiting(stored: entitlements.Stored) -> list[tuple[Purchase, str]]:
    """The prepaid times that wait while a plan by card lasts: what, and how much of it is left."""
    by_id = {purchase.id: purchase for purchase in stored.purchases}
    found = entitlements.passes_waiting(stored, catalogue())
    return [(by_id[one.id], prepaid_words.waits(one, by_id[one.id])) for one in found]
