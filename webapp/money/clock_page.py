"""The page on which a demo's time is moved on. Without a sandbox of the demo's own it is not there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
from flask import abort, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_time, get_locale, ngettext
from flask_babel import gettext as _
from sqlmodel import select

from billing import entitlements
from billing.entitlements import Source
from billing.months import add_months
from billing.tables import Invoice
from webapp.money import quota
from webapp.money.blueprint import bp
from webapp.money.edge import settings
from webapp.money.passing import move_on
from webapp.platform import access, clock
from webapp.platform.access import public, studio
from webapp.platform.db import db

CHARGED = timedelta(hours=2)
"""Stripe takes the money an hour after a period's end."""


@bp.app_context_processor
def _of_the_demo() -> dict[str, Callable[[], datetime | None]]:
    """``demo_now()``: the time in a demo whose clock can be moved from here, else None."""
    return {"demo_now": lambda: clock.now() if _is_there() else None}


@bp.get("/clock")
@public
def demo_clock() -> ResponseReturnValue:
    """What time it is in the demo, and where it can be moved to."""
    _enter()
    days = round(clock.ahead() / timedelta(days=1))
    moments = {name: _said(moment) for name, moment in _moments().items()}
    return render_template("money/clock.html", moments=moments, now=_said(clock.now()), days=days)


@bp.post("/clock")
@public
def move_demo_clock() -> ResponseReturnValue:
    """Let time pass until one of those moments."""
    _enter()
    until = _moments().get(request.form.get("to", ""))
    if until is None:
        flash(_("That moment is over already."), "info")
        return redirect(url_for("money.demo_clock"))
    try:
        written = move_on(until)
    except httpx.HTTPError:
        flash(_("The sandbox does not answer. Try again in a moment."), "error")
        return redirect(url_for("money.demo_clock"))
    said = [_("It is now %(time)s.", time=_said(clock.now()))]
    if written:
        said.append(ngettext("%(num)d letter was written.", "%(num)d letters were written.", written))
    flash(("" if str(get_locale()).startswith("zh") else " ").join(said), "done")
    return redirect(url_for("money.demo_clock"))


def _is_there() -> bool:
    return settings().has_movable_clock and access.from_here()


def _said(moment: datetime) -> str:
    """Day and minute."""
    return f"{format_date(moment)} {format_time(moment, 'short')}"


def _enter() -> None:
    if not _is_there():
        abort(404)
    access.enter_first(cookie.get("studio", ""))


def _moments() -> dict[str, datetime]:
    """Where time can be moved to, by name. Those of the studio are there for who is signed in."""
    now = clock.now()
    found: dict[str, Any] = {"day": now + timedelta(days=1)}
    if "studio" in g:
        entitled = quota.entitlement(db.session, now, studio().id)
        found["trial"] = entitled.ends_at if entitled.source is Source.TRIAL else None
        found["payment"] = _next_payment(now)
    found["month"] = add_months(now, 1)
    return {name: moment for name, moment in found.items() if moment is not None}


def _next_payment(now: datetime) -> datetime | None:
    """When the studio's card will have been charged next, or tried again."""
    live = entitlements.live(entitlements.load(db.session, studio().id))
    due = [s.period_ends + CHARGED for s in live if s.ends_at is None]
    unpaid = select(Invoice.next_attempt).where(Invoice.studio_id == studio().id, Invoice.status == "open")
    due += [attempt + timedelta(minutes=1) for attempt in db.session.exec(unpaid) if attempt is not None]
    return min((moment for moment in due if moment > now), default=None)
