"""Changing the studio's plan, paying what is open of it, cancelling it and taking that back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from billing import changing, entitlements
from billing.buying import NotSoldError
from billing.changing import NoChangeError, TooMuchUsedError
from billing.customers import BusyError
from billing.gateway import DeclinedError, GatewayError
from billing.plans import Item, catalogue
from billing.tables import Subscription
from webapp.accounts import seats
from webapp.lessons.edge import now
from webapp.money import invoicing, owed_words, quota, wording
from webapp.money.answers import chosen, must_pay_first, pay_first, troubled
from webapp.money.blueprint import bp
from webapp.money.catching_up import catch_up
from webapp.money.edge import gateway, transactions, who
from webapp.platform.access import owners_only, studio
from webapp.platform.db import db


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
    """Let the subscription end with what is paid; at once, if it is not."""
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


def _still_owed() -> str:
    return owed_words.still_owed(quota.entitlement(db.session, now(), studio().id))


def _cancelled() -> str:
    entitled = quota.entitlement(db.session, now(), studio().id)
    there = _subscription()
    if there is None or there.period_unpaid:  # Stripe has ended it, if we know or not
        return wording.cancelled_unpaid()
    return wording.cancelled(wording.kept_until(there, entitled, now()))


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


def _subscription() -> Subscription | None:
    there = entitlements.live(entitlements.load(db.session, studio().id))
    return there[0] if len(there) == 1 else None
