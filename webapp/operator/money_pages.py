"""The operator's pages of money: what differs from Stripe and what to do about it, and each studio's
dealings, with what an operator may give.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlmodel import Session, col, or_, select

from billing import changing, entitlements, grants, reconcile
from billing.customers import BusyError
from billing.gateway import GatewayError, UnansweredError
from billing.grants import NotGivenError
from billing.plans import catalogue
from billing.tables import GIVEN, Customer, Dispute, History, Invoice, Purchase, Subscription
from webapp.accounts import people
from webapp.accounts.tables import Studio
from webapp.lessons.edge import now
from webapp.money import invoicing, quota, wording
from webapp.money.edge import gateway, sells, settings, transactions, wake_money
from webapp.money.work import next_comparison
from webapp.operator import history_words, money_words
from webapp.operator.blueprint import bp
from webapp.platform import jobs
from webapp.platform.access import operators_only, signed_in_user
from webapp.platform.db import db, new_id

SHOWN = 50
"""So many studios of a list, and changes of a history, are shown."""


@bp.get("/operator/money")
@operators_only
def money() -> ResponseReturnValue:
    """What is left of the last comparison, and the studios; ``?q=`` looks for one by its name or id."""
    if not sells():
        return render_template("money/nothing_sold.html")
    asked = request.args.get("q", "").strip()
    studios = _studios(db.session, asked)
    findings = reconcile.outstanding(db.session, now())
    return render_template(
        "operator/money.html",
        compared=reconcile.last(db.session),
        coming=bool(jobs.unfinished(db.session, jobs.MONEY, "reconcile")),
        next_one=next_comparison(db.session, now()),
        now=now(),
        moment=money_words.moment,
        findings=[(found, _advice(found)) for found in findings],
        names=_names(db.session, {found.studio_id for found in findings}),
        asked=asked,
        studios=[(studio, quota.standing(db.session, now(), studio.id)) for studio in studios],
        shown=SHOWN,
        plan_name=wording.plan_name,
        source=money_words.source,
    )


@bp.post("/operator/money/compare")
@operators_only
def compare() -> ResponseReturnValue:
    """Compare with Stripe as soon as a worker is free, unless a comparison is waiting or under way."""
    if sells():
        if not jobs.unfinished(db.session, jobs.MONEY, "reconcile"):
            key = f"reconcile:{new_id()}"  # a new one each time: that of this minute may be done already
            jobs.enqueue(db.session, queue=jobs.MONEY, kind="reconcile", key=key)
        db.session.commit()
        wake_money()
        flash(_("It is compared as soon as a worker is free. Look again in a minute."), "done")
    return redirect(url_for("operator.money"))


@bp.get("/operator/money/<studio_id>")
@operators_only
def studio_money(studio_id: str) -> ResponseReturnValue:
    """What a studio has, bought, was given and paid, and who or what changed it. Also of a studio that is
    gone.
    """
    if not sells():
        return render_template("money/nothing_sold.html")
    studio = db.session.get(Studio, studio_id)
    # Letters are many, one to each owner, and would push the changes out of sight.
    history = _all_of(History, studio_id, History.at, SHOWN, History.what != "letter")
    letters = _all_of(History, studio_id, History.at, SHOWN, History.what == "letter")
    if studio is None and not history:
        abort(404)
    stored = entitlements.load(db.session, studio_id)
    by_whom = history_words.Causes(db.session, studio_id, history)
    stretches = entitlements.pass_stretches(stored, catalogue())
    return render_template(
        "operator/money_studio.html",
        studio_id=studio_id,
        studio=studio,
        people=people.colleagues(db.session, studio_id),
        here=quota.standing(db.session, now(), studio_id),
        customer=db.session.get(Customer, studio_id),
        dashboard=_dashboard(),
        dispute_page=_dispute_page,
        trial=stored.trial,
        live={row.id for row in entitlements.live(stored)},
        renews=bool(entitlements.renewing(stored)),
        pass_times=lambda row: money_words.pass_times(row, stretches),
        subscriptions=_all_of(Subscription, studio_id, Subscription.began_at),
        purchases=_all_of(Purchase, studio_id, Purchase.paid_at),
        invoices=_all_of(Invoice, studio_id, Invoice.created_at),
        invoice_amount=invoicing.invoice_amount,
        invoice_state=invoicing.invoice_state,
        disputes=_all_of(Dispute, studio_id, Dispute.created_at),
        history=[(row, history_words.change(row), by_whom.words(row)) for row in history],
        letters=[(row, history_words.change(row), by_whom.words(row)) for row in letters],
        shown=SHOWN,
        plans=[plan for plan in catalogue().plans if plan.passes],
        plan_name=wording.plan_name,
        words=money_words,
        open_disputes=reconcile.OPEN_DISPUTE,
        now=now(),
        given=GIVEN,
        most=grants,
    )


@bp.post("/operator/money/<studio_id>/give")
@operators_only
def give(studio_id: str) -> ResponseReturnValue:
    """Give comments, a pass or a longer trial, as the form's ``what`` says, or take a gift back."""
    said = request.form
    what, reason, number = said.get("what", ""), said.get("reason", "").strip(), said.get("number", 0, int)
    kinds: dict[str, Callable[..., Any]] = {
        "comments": lambda **by: grants.give_comments(*here, number, catalogue(), **by),
        "pass": lambda **by: grants.give_pass(
            *here, said.get("plan", ""), number, said.get("seats", 1, int), catalogue(), **by
        ),
        "trial": lambda **by: grants.prolong_trial(*here, number, catalogue(), **by),
        "back": lambda **by: grants.take_back(*here, said.get("grant", ""), **by),
    }
    here: tuple[Session, datetime, str] = db.session, now(), studio_id
    if not sells() or what not in kinds or db.session.get(Studio, studio_id) is None:
        flash(_("Nothing was given: there is no such studio, or nothing is sold here."), "warn")
        return redirect(url_for("operator.money"))
    try:
        kinds[what](by=f"user:{signed_in_user().id}", reason=reason[:400])
    except NotGivenError as error:
        db.session.rollback()
        flash(money_words.not_given(error.code), "warn")
    else:
        db.session.commit()
        flash(_("Taken back.") if what == "back" else _("Given. It counts from now on."), "done")
    return redirect(url_for("operator.studio_money", studio_id=studio_id))


@bp.post("/operator/money/<studio_id>/end")
@operators_only
def end_subscription(studio_id: str) -> ResponseReturnValue:
    """End one of the studio's subscriptions at once; nothing is paid back by itself."""
    by, only = f"user:{signed_in_user().id}", request.form.get("subscription", "")
    if not sells() or not only:
        return redirect(url_for("operator.money"))
    try:
        ended = changing.end(transactions, gateway(), now(), studio_id, catalogue(), by=by, only=only)
    except UnansweredError:
        flash(
            _(
                "Stripe has not answered, so it is not known yet whether the subscription is ended. Look here"
                " again in a minute."
            ),
            "warn",
        )
    except (GatewayError, BusyError):
        flash(_("Stripe cannot be reached, so nothing was ended. Try again in a minute."), "error")
    else:
        if ended:
            flash(_("The subscription is ended. Refund what should be refunded at Stripe."), "done")
        else:
            flash(_("It was over already."), "info")
    return redirect(url_for("operator.studio_money", studio_id=studio_id))


def _studios(session: Session, asked: str) -> list[Studio]:
    """The newest studios, or those whose name or id fits what was asked for."""
    which = select(Studio).order_by(col(Studio.created_at).desc()).limit(SHOWN)
    if asked:
        which = which.where(or_(col(Studio.name).icontains(asked, autoescape=True), Studio.id == asked))
    return list(session.exec(which))


def _names(session: Session, studio_ids: set[str]) -> dict[str, str]:
    """Of those studios that have a page here the names; of one that is gone the id."""
    gone = session.exec(select(History.studio_id).where(col(History.studio_id).in_(studio_ids)).distinct())
    there = session.exec(select(Studio.id, Studio.name).where(col(Studio.id).in_(studio_ids)))
    return {studio_id: studio_id for studio_id in gone} | dict(iter(there))


def _all_of(table: Any, studio_id: str, when: Any, most: int = 200, *which: Any) -> list[Any]:
    """A studio's rows, or ``which`` of them, the newest first."""
    mine = select(table).where(table.studio_id == studio_id, *which)
    return list(db.session.exec(mine.order_by(col(when).desc(), col(table.id).desc()).limit(most)))


def _advice(found: reconcile.Finding) -> money_words.Advice:
    disputed = db.session.get(Dispute, found.object_id) if found.kind == "dispute" else None
    advice = money_words.finding(found, _dashboard(), now(), disputed)
    if disputed is not None:
        advice.at[:] = [(disputed.id, _dispute_page(disputed.id))]
    return advice


def _dispute_page(ident: str) -> str:
    """Where a dispute can be answered: in Stripe's dashboard, or on the sandbox's own page."""
    dashboard = _dashboard()
    if dashboard:
        return f"{dashboard}/disputes/{ident}"
    return f"{settings().stripe_address.rstrip('/')}/#{ident}"


def _dashboard() -> str:
    """Where Stripe shows this account to people; empty when it is not Stripe's own server."""
    here = gateway()
    if not here.is_stripes:
        return ""
    return "https://dashboard.stripe.com" + ("" if here.live else "/test")
