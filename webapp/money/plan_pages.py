"""The studio's plan: what it has, what is left, its invoices; and changing it, cancelling and resuming."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from sqlmodel import col, select

from billing import changing, delayed, entitlements
from billing.buying import NotSoldError
from billing.changing import NoChangeError, TooMuchUsedError
from billing.customers import BusyError
from billing.entitlements import Entitlement, Source
from billing.gateway import DeclinedError, GatewayError, UnansweredError
from billing.plans import Item, catalogue
from billing.tables import Customer, Invoice, Purchase, Subscription
from webapp.accounts import seats
from webapp.accounts.seats import has_seat
from webapp.accounts.tables import MemberRole
from webapp.lessons.edge import now
from webapp.lessons.tables import Lesson
from webapp.money import invoicing, offering, prepaid_words, quota, waiting, wording
from webapp.money.blueprint import bp
from webapp.money.catching_up import catch_up
from webapp.money.edge import gateway, sells, transactions, who
from webapp.platform.access import member, owned, owners_only, studio
from webapp.platform.db import db

log = structlog.get_logger()

INVOICES_SHOWN = 24


@bp.app_context_processor
def _of_money() -> dict[str, Any]:
    """``money_standing()``: what the studio has and what is left, None where nothing is sold;
    ``money_banner()``: the line about it that every page of a studio shows, or None; ``money_may_draft()``:
    whether the plan has a seat for who looks at the page; ``money_used_up()``: what to do when nothing is
    left, empty while something is; ``money_trial()``: what a new studio may try, empty where nothing is sold.
    """

    def money_standing() -> quota.Standing | None:
        return quota.standing(db.session, now(), studio().id)

    def money_may_draft() -> bool:
        return has_seat(db.session, now(), member())

    def money_banner() -> wording.Banner | None:
        here = money_standing()
        if here is None:
            return None
        owing = wording.owes(here.entitlement)
        free = here.entitlement.source is Source.FREE
        return wording.banner(
            here,
            now(),
            quota.owed(db.session, studio().id) if owing else None,
            trial_ended=quota.trial_ended(db.session, now(), studio().id) if free else None,
            prepaying=owing and delayed.prepaying(db.session, studio().id),
            is_owner=member().role is MemberRole.OWNER,
            has_seat=money_may_draft(),
        )

    return {
        "money_standing": money_standing,
        "money_banner": money_banner,
        "money_may_draft": money_may_draft,
        "money_used_up": lambda: wording.used_up(money_standing()),
        "money_sells": sells,
        "money_trial": lambda: offering.trial() if sells() else "",
    }


@bp.app_template_filter("price")
def price(amount: int, currency: str, *, cents: bool = False) -> str:
    """Minor units as money."""
    return wording.price(amount, currency, cents=cents)


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
        .where(Invoice.studio_id == studio().id, Invoice.status != "draft")
        .order_by(col(Invoice.created_at).desc())
        .limit(INVOICES_SHOWN)
    ).all()
    ended = quota.trial_ended(db.session, now(), studio().id)
    find = quota.owed if wording.owes(here.entitlement) else quota.unconfirmed
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
    renewal = _renewal(live[0], cents) if live else ""
    return render_template(
        "money/plan.html",
        here=here,
        name=wording.plan_name(here.entitlement.plan),
        subscription=live[0] if live else None,
        cancel=wording.to_cancel(_kept_until(live[0], here.entitlement)) if live else "",
        renewal=renewal,
        beside=prepaid_words.beside(stored, here.entitlement, renewal, now()),
        on_their_way=[prepaid_words.on_its_way(payment, cents=cents) for payment in on_their_way],
        failed=[prepaid_words.failed(payment, cents=cents) for payment in failed],
        credit=invoicing.credit(customer, live[0] if live else None, cents=cents) if is_owner else "",
        cents=cents,
        invoice_amount=invoicing.invoice_amount,
        invoice_state=invoicing.invoice_state,
        trial_ended=wording.after_trial(ended) if ended else "",
        waiting=_waiting() if here.balance.left else [],
        underway=quota.underway(db.session, studio().id, here),
        owed=bool(entitlements.owing(stored)),
        prepaying=delayed.prepaying(db.session, studio().id),
        over={s.id for s in stored.subscriptions if s.status in entitlements.ENDED},
        coming=coming,
        prepaid_waiting=prepaid_waiting,
        invoices=invoices,
        open_invoice=open_invoice,
        owing=wording.owing(here.entitlement, open_invoice, now(), cents=cents),
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
        packs=offering.packs(currency),
        larger=offering.larger(here.entitlement, currency),
        open_invoice=open_invoice,
        prepaying=delayed.prepaying(db.session, studio().id),
        owing=wording.owing(here.entitlement, open_invoice, now()),
    )


@bp.get("/plan/change")
@owners_only
def ask_change() -> ResponseReturnValue:
    """Choose another plan, period or number of seats; then see what it costs now."""
    catch_up(studio().id, "change")
    if must_pay_first():
        return pay_first()
    there = _subscription()
    if there is None:
        return redirect(url_for("money.pricing"))
    choices = [
        (item, plan, _not_yet(there, item, plan.seats.most))
        for item in catalogue().items()
        if item.kind == "subscription" and item.currency == there.currency
        if (plan := catalogue().plan(item.code)) is not None
    ]
    words = {
        "item_name": wording.item_name,
        "quote_line": wording.quote_line,
    }
    shown: dict[str, Any] = {"subscription": there, "choices": choices, **words}
    if "item" not in request.args:
        cents = invoicing.has_cents(item.amount for item, *_rest in choices)
        return render_template("money/change.html", quote=None, cents=cents, **shown)
    try:
        item, number = chosen(request.args)
        if not_yet := _not_yet(there, item, number):
            flash(not_yet, "warn")
            return redirect(url_for("money.ask_change"))
        at = changing.to_second(now())
        quote = changing.quote(gateway(), there, item, number, at, catalogue())
    except (NoChangeError, NotSoldError, LookupError):
        flash(_("That is what you have now, or it is not on sale. Choose something else."), "warn")
        return redirect(url_for("money.ask_change"))
    except GatewayError as error:
        return troubled("money.ask_change", error)
    cents = invoicing.has_cents(invoicing.quoted_amounts(quote))
    return render_template(
        "money/change.html",
        quote=quote,
        cents=cents,
        after=invoicing.after_change(quote, there, cents=cents),
        stranded=invoicing.stranded(quote, there, cents=cents) if quote.strands else "",
        people=seats.seats(db.session, now(), studio().id).people,
        **shown,
    )


@bp.post("/plan/change")
@owners_only
def change() -> ResponseReturnValue:
    """Make the change for the price that was shown."""
    try:
        item, number = chosen(request.form)
        at = datetime.fromisoformat(request.form["at"])
        due, credit = int(request.form["due"]), int(request.form["credit"])
        confirm_at = changing.change(
            transactions, gateway(), now(), studio().id, item, number, at, due, credit, catalogue(), by=who()
        )
    except DeclinedError:
        flash(_("The payment was declined, so nothing has changed. Try another card."), "error")
    except TooMuchUsedError as error:
        flash(_too_much_used(error), "warn")
    except (NoChangeError, NotSoldError, LookupError, ValueError):
        if must_pay_first():
            return pay_first()
        flash(_("The plan has changed meanwhile. Look at it as it is now."), "warn")
    except (GatewayError, BusyError) as error:
        return troubled("money.plan", error)
    else:
        if confirm_at:  # the bank asks first; what comes of it, Stripe tells
            return redirect(confirm_at, 303)
        flash(_("The plan is changed."), "done")
    return redirect(url_for("money.plan"))


@bp.post("/plan/pay")
@owners_only
def pay() -> ResponseReturnValue:
    """To the page of an invoice that is a draft so far."""
    try:
        there = changing.pay(transactions, gateway(), now(), studio().id, catalogue(), by=who())
    except NoChangeError:
        flash(_("The plan has changed meanwhile. Look at it as it is now."), "warn")
    except (GatewayError, BusyError) as error:
        return troubled("money.plan", error)
    else:
        return redirect(there, 303)
    return redirect(url_for("money.plan"))


@bp.post("/plan/cancel")
@owners_only
def cancel() -> ResponseReturnValue:
    """Let the subscription end with what is paid."""
    return _do(changing.cancel, _cancelled)


@bp.post("/plan/resume")
@owners_only
def resume() -> ResponseReturnValue:
    """Take the cancellation back. What is not paid is owed again then. Back to the change that it was in the
    way of, if it was.
    """
    there = _do(changing.resume, lambda: _("The plan goes on."), _still_owed)
    if "item" in request.form:
        item, number = request.form["item"], request.form.get("seats", 1, int)
        return redirect(url_for("money.ask_change", item=item, seats=number))
    return there


def chosen(said: Any) -> tuple[Item, int]:
    """What a form says is wanted. LookupError: it is not sold."""
    item = catalogue().item(str(said.get("item", "")))
    return item, said.get("seats", 1, int) if catalogue().plan(item.code) else 1


def _still_owed() -> str:
    entitled = quota.entitlement(db.session, now(), studio().id)
    return wording.still_owed(entitled, quota.owed(db.session, studio().id), now())


def _cancelled() -> str:
    entitled = quota.entitlement(db.session, now(), studio().id)
    there = _subscription()
    return wording.cancelled(wording.kept_until(there, entitled) if there else None)


def _do(what: Any, done: Callable[[], str], but: Callable[[], str] = str) -> ResponseReturnValue:
    """Do it, and say that it is ``done``, or what is to be said instead where ``but`` finds something."""
    try:
        what(transactions, gateway(), now(), studio().id, catalogue(), by=who())
    except NoChangeError:
        flash(_("The plan has changed meanwhile. Look at it as it is now."), "warn")
    except (GatewayError, BusyError) as error:
        return troubled("money.plan", error)
    else:
        instead = but()
        flash(instead or done(), "warn" if instead else "done")
    return redirect(url_for("money.plan"))


def troubled(endpoint: str, error: GatewayError | BusyError) -> ResponseReturnValue:
    """Back to a page, with the news that Stripe did not do it: it could not be asked now, or it refused; or
    that it may have, and has not said so.
    """
    code = error.code if isinstance(error, GatewayError) else "busy"
    log.warning("stripe_troubled", page=request.endpoint, error=code)
    if isinstance(error, UnansweredError):
        flash(
            _(
                "The payment service has not answered, so it is not known yet whether this was done. Look"
                " here again in a minute, before you try again."
            ),
            "warn",
        )
    elif isinstance(error, BusyError) or error.again:
        flash(
            _("The payment service cannot be reached. Nothing was charged; try again in a minute."), "error"
        )
    else:
        flash(
            _("The payment service refused this, and nothing was charged. Tell whoever runs this server."),
            "error",
        )
    return redirect(url_for(endpoint))


def must_pay_first() -> bool:
    """Whether a subscription of the studio is not paid for."""
    return bool(entitlements.owing(entitlements.load(db.session, studio().id)))


def pay_first() -> ResponseReturnValue:
    """To the plan, where the open invoice is paid: until then Stripe changes nothing."""
    flash(_("Please pay the open invoice first. Then the plan and its seats can be changed."), "warn")
    return redirect(url_for("money.plan"))


def _not_yet(there: Subscription, item: Item, number: int) -> str:
    """Why the subscription cannot become this now, and from when on it can; empty where it can."""
    try:
        changing.check_used(db.session, now(), there, item, number, catalogue())
    except TooMuchUsedError as error:
        return _too_much_used(error)
    return ""


def _too_much_used(error: TooMuchUsedError) -> str:
    return str(
        _(
            "%(taken)d comments of this month are used or being drafted, and this would grant %(granted)d."
            " You can change to it from %(day)s on.",
            taken=error.taken,
            granted=error.granted,
            day=format_date(error.day),
        )
    )


def _waiting() -> list[waiting.Waiting]:
    return waiting.waiting(db.session, studio().id, cookie.get("short_of", ""))


def _subscription() -> Subscription | None:
    there = entitlements.live(entitlements.load(db.session, studio().id))
    return there[0] if len(there) == 1 else None


def _renewal(there: Subscription, cents: bool) -> str:
    """When it renews, and for how much; a day that is past is not called one to come."""
    return wording.not_told_yet(there) if there.period_ends <= now() else wording.renewal(there, cents=cents)


def _kept_until(there: Subscription, entitled: Entitlement) -> datetime | None:
    """Until when a studio that cancels has its plan; None also where that day is past and not settled yet."""
    until = wording.kept_until(there, entitled)
    return until if until is not None and until > now() else None


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
