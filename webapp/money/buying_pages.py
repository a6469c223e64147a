"""Prices for everyone, and buying for owners: to Stripe's pages and back."""

from contextlib import suppress

import httpx
from flask import flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_security import current_user

from billing import buying, delayed, entitlements, refreshing
from billing.beforehand import beforehand
from billing.buying import AlreadySubscribedError, NotSoldError, NotToldError, Order, ReadOnlyError
from billing.customers import BusyError
from billing.entitlements import Stored
from billing.gateway import GatewayError
from billing.plans import catalogue
from billing.tables import Customer, DelayedPayment, Invoice
from webapp.accounts.tables import MemberRole
from webapp.lessons.edge import now
from webapp.money import invoicing, offering, prepaid_words, quota, wording
from webapp.money.answers import chosen, must_pay_first, pay_first, troubled
from webapp.money.blueprint import bp
from webapp.money.catching_up import catch_up
from webapp.money.edge import gateway, sells, settings, transactions, who
from webapp.money.sandbox import Sandbox
from webapp.platform import access
from webapp.platform.access import member, owners_only, public, studio
from webapp.platform.db import db


@bp.get("/pricing")
@public
def pricing() -> ResponseReturnValue:
    """What there is to buy. A studio's owner buys here, anyone else sees what it costs."""
    if not sells():
        return render_template("money/nothing_sold.html")
    inside = access.enter_first(cookie.get("studio", ""))
    here = quota.standing(db.session, now(), studio().id) if inside else None
    stored = entitlements.load(db.session, studio().id) if inside else Stored()
    sold = catalogue()
    is_owner = inside and member().role is MemberRole.OWNER
    coming = delayed.on_their_way(db.session, studio().id) if is_owner else []
    usual = offering.currency_of(db.session, studio().id) if inside else wording.usual_currency()
    currency = request.args.get("currency", usual)
    if currency not in sold.currencies:
        currency = wording.usual_currency()
    interval = "year" if request.args.get("interval") == "year" else "month"
    items = [item for item in sold.items() if item.currency == currency]
    cents = invoicing.has_cents([item.amount for item in items] + [payment.amount for payment in coming])
    return render_template(
        "money/pricing.html",
        plans=sold.plans,
        trial=sold.trial,
        items={(item.kind, item.code, item.interval): item for item in items},
        packs=[item for item in items if item.kind == "pack"],
        cents=cents,
        currency=currency,
        currencies=sold.currencies,
        interval=interval,
        here=here,
        subscribed=bool(entitlements.live(stored)),
        owing=bool(entitlements.owing(stored)),
        renewing=bool(entitlements.renewing(stored)),
        is_owner=is_owner,
        on_their_way=[prepaid_words.on_its_way(payment, cents=cents) for payment in coming],
        plan_name=wording.plan_name,
        currency_name=wording.currency_name,
        item_name=wording.item_name,
        prepaid_price=wording.prepaid_price,
        prepaid_words=wording.prepaid,
    )


@bp.post("/plan/buy")
@owners_only
def buy() -> ResponseReturnValue:
    """To the page at which it is paid."""
    try:
        item, seats = chosen(request.form)
        order = Order(
            item,
            seats,
            by=who(),
            success_url=_address("money.bought") + "?session={CHECKOUT_SESSION_ID}",
            cancel_url=_address("money.pricing"),
            locale=_locale(),
            email=current_user.email,
            name=studio().name,
            known=frozenset(request.form.getlist("known")),
        )
        pay_at = buying.start(transactions, gateway(), now(), studio().id, order, catalogue())
    except AlreadySubscribedError:
        if must_pay_first():
            return pay_first()
        flash(_("The studio has a plan already. Change it here."), "info")
        return redirect(url_for("money.plan"))
    except NotToldError:
        return redirect(url_for("money.ask_buy", item=item.key, seats=seats), 303)
    except ReadOnlyError:
        flash(_("Please pay the open invoice first. Until then a pack would give you nothing."), "warn")
        return redirect(url_for("money.plan"))
    except (NotSoldError, LookupError):
        flash(_("This cannot be bought. Look at the number of seats."), "warn")
        return redirect(url_for("money.pricing"))
    except (GatewayError, BusyError) as error:
        return troubled("money.pricing", error)
    _show_days_of_the_studio()
    return redirect(pay_at, 303)


@bp.get("/plan/buy")
@owners_only
def ask_buy() -> ResponseReturnValue:
    """What an owner should know before they pay; they go on from here, or leave it."""
    catch_up(studio().id, "buy")
    try:
        item, seats = chosen(request.args)
        buying.check_seats(item, seats, catalogue())
    except (NotSoldError, LookupError):
        flash(_("This cannot be bought. Look at the number of seats."), "warn")
        return redirect(url_for("money.pricing"))
    stored = entitlements.load(db.session, studio().id)
    found = beforehand(db.session, now(), studio().id, stored, item, seats, catalogue())
    cents = invoicing.has_cents([item.amount * seats, *(payment.amount for payment in found.on_their_way)])
    return render_template(
        "money/before_buying.html",
        item=item,
        seats=seats,
        item_name=wording.item_name,
        told=prepaid_words.before(found, item, stored.purchases, cents=cents),
        cents=cents,
        known=sorted(found.ids),
    )


@bp.get("/plan/bought")
def bought() -> ResponseReturnValue:
    """Back from paying. Asks Stripe now, and waits for no webhook."""
    paid = False
    try:
        by = f"return:{request.args.get('session', '')[:80]}:{who()}"
        refreshing.refresh(transactions, gateway(), now(), studio().id, catalogue(), by=by)
        paid = _is_paid(request.args.get("session", ""))
    except (GatewayError, BusyError):
        pass  # a worker will hear of it
    if paid:
        flash(_("Thank you. It is paid."), "done")
    elif not _has_failed(request.args.get("session", "")):  # else the page says so, and nobody is thanked
        flash(_("Thank you. As soon as the payment has arrived, this page shows it."), "info")
    return redirect(url_for("money.plan"))


@bp.post("/plan/portal")
@owners_only
def portal() -> ResponseReturnValue:
    """To the studio's own pages at Stripe: cards and invoices."""
    try:
        back = _address("money.returned")
        there = buying.portal(
            transactions, gateway(), now(), studio().id, back, _locale(), catalogue(), by=who()
        )
    except (GatewayError, BusyError) as error:
        return troubled("money.plan", error)
    _show_days_of_the_studio()
    return redirect(there, 303)


@bp.get("/plan/returned")
def returned() -> ResponseReturnValue:
    """Back from Stripe's pages, where anything may have been changed. A new card does not pay by itself what
    is open: Stripe tries it the next time that it would have tried the old one.
    """
    owed = quota.owed(db.session, studio().id)
    owed_id = owed.id if owed else None
    try:
        refreshing.refresh(
            transactions, gateway(), now(), studio().id, catalogue(), by=f"return:portal:{who()}"
        )
    except (GatewayError, BusyError):
        flash(_("As soon as the payment service tells us, this page shows what you changed."), "info")
    else:
        _say_what_is_open(owed_id)
    return redirect(url_for("money.plan"))


def _show_days_of_the_studio() -> None:
    """Have the demo's sandbox show the same days as we do. Stripe shows those of its account's time zone."""
    if not settings().has_movable_clock:
        return
    with transactions() as session:
        customer = session.get_one(Customer, studio().id).stripe_id
    if customer is not None:
        with suppress(httpx.HTTPError), Sandbox.of(settings()) as sandbox:
            sandbox.show_days_of(studio().time_zone, customer)


def _say_what_is_open(owed_id: str | None) -> None:
    """What became of the invoice that was owed, for who may have put in a new card."""
    invoice = db.session.get(Invoice, owed_id, populate_existing=True) if owed_id else None
    if invoice is None:
        return
    if invoice.status == "paid":
        flash(_("Thank you. It is paid."), "done")
    elif must_pay_first() and not invoice.unconfirmed:
        flash(
            _(
                "If you have put in a new card, it is saved. The open invoice is not paid with it at once:"
                " press “Pay now”."
            ),
            "info",
        )


def _is_paid(session_id: str) -> bool:
    """Whether this Checkout of the studio's is paid."""
    session = gateway().session(session_id) if session_id.startswith("cs_") else {}
    ours = (session.get("metadata") or {}).get("studio_id") == studio().id
    return ours and session.get("payment_status") in ("paid", "no_payment_required")


def _has_failed(session_id: str) -> bool:
    """Whether this Checkout of the studio's was never paid, and never will be."""
    there = db.session.get(DelayedPayment, session_id)
    return there is not None and there.studio_id == studio().id and there.failed


def _locale() -> str:
    """The reader's language, as Stripe names it."""
    return "zh" if str(get_locale()).startswith("zh") else "en"


def _address(endpoint: str) -> str:
    """A page's full address, as people know this server, whatever host the request named."""
    return settings().base_url.rstrip("/") + url_for(endpoint)
