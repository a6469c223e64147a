"""A studio's history in an operator's words: what changed, and who or what caused it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext
from sqlmodel import Session, col, select

from billing.entitlements import UNPAID
from billing.tables import Customer, Event, History
from webapp.accounts.tables import User
from webapp.money import wording
from webapp.operator.money_words import moment, state


def change(row: History) -> tuple[str, list[tuple[str, str, str]]]:
    """A row of the history: its title, and what changed: each thing's name, before and after. The currency
    stands with its amounts.
    """
    names = sorted({*row.before, *row.after} - {"currency"})
    told = [(_name(name), _value(row, name, row.before), _value(row, name, row.after)) for name in names]
    title = _subscription_title(row) if row.what == "plan.changed" else _whats().get(row.what, row.what)
    return title, [each for each in told if each[1] != each[2]]


def _subscription_title(row: History) -> str:
    """What became of a subscription: of several changes at once, the one that matters most."""
    before, after = row.before, row.after
    if after.get("ended_at"):
        return str(_("The subscription ended"))
    if after.get("ends_at") and not before.get("ends_at"):
        return str(_("The subscription was cancelled; it goes on until its end"))
    if before.get("ends_at") and "ends_at" in after and not after["ends_at"]:
        return str(_("The subscription was resumed"))
    if after.get("status") in UNPAID:
        return str(_("A payment for the subscription failed"))
    if after.get("status") == "active" and before.get("status") in UNPAID:
        return str(_("The subscription is paid again"))
    if after.get("status") == "active" and before.get("status") == "incomplete":
        return str(_("The subscription's first payment arrived"))
    if "paused" in after:
        return str(_("The subscription was paused") if after["paused"] else _("The subscription goes on"))
    if {"plan", "interval"} & set(after):
        return str(_("The subscription's plan was changed"))
    if "seats" in after:
        return str(_("The subscription's seats were changed"))
    return str(_("The subscription changed"))


def _whats() -> dict[str, str]:
    return {
        "plan.begun": _("A subscription began"),
        "trial.begun": _("The trial began"),
        "trial.prolonged": _("The trial was prolonged"),
        "pass.paid": _("Prepaid time was bought"),
        "pass.failed": _("A payment for prepaid time failed"),
        "pass.changed": _("Prepaid time changed"),
        "pass.given": _("Prepaid time was given"),
        "pass.taken_back": _("Prepaid time was taken back"),
        "pack.paid": _("Comments were bought"),
        "pack.failed": _("A payment for comments failed"),
        "pack.changed": _("A pack of comments changed"),
        "pack.given": _("Comments were given"),
        "pack.taken_back": _("Comments were taken back"),
        "quota.granted": _("The comments of a month"),
        "quota.pack": _("The comments of a pack"),
        "quota.changed": _("The comments became more or fewer"),
        "invoice.refunded": _("An invoice was refunded"),
        "dispute.opened": _("A payment is disputed"),
        "dispute.changed": _("A dispute went on"),
        "letter": _("A letter to the owners"),
    }


def _name(name: str) -> str:
    names = {
        "about": pgettext("change", "about"),
        "amount": pgettext("change", "amount"),
        "comments": pgettext("change", "comments"),
        "ended_at": pgettext("change", "ended"),
        "ends_at": pgettext("change", "ends"),
        "interval": pgettext("change", "period"),
        "invoices": pgettext("change", "invoices"),
        "month": pgettext("change", "from"),
        "months": pgettext("change", "months"),
        "paused": pgettext("change", "paused"),
        "plan": pgettext("change", "plan"),
        "reason": pgettext("change", "reason"),
        "refunded": pgettext("change", "refunded"),
        "revoked_at": pgettext("change", "taken back"),
        "seats": pgettext("change", "seats"),
        "status": pgettext("change", "state"),
        "unpaid_since": pgettext("change", "unpaid since"),
    }
    return str(names.get(name, name))


def _value(row: History, name: str, values: dict[str, Any]) -> str:
    """One value in words; empty where there is none."""
    value = values.get(name)
    if value is None:
        return ""
    if name in ("amount", "refunded"):
        currency = row.after.get("currency")
        return wording.price(int(value), str(currency), cents=True) if currency else str(value)
    if name == "plan":
        return wording.plan_name(str(value))
    if name == "status":
        return state(str(value))
    if name == "interval":
        return str(pgettext("period", "month") if value == "month" else pgettext("period", "year"))
    if name.endswith(("_at", "_since")) or name == "month":
        return moment(datetime.fromisoformat(str(value)))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return str(pgettext("change", "yes") if value else pgettext("change", "no"))
    return str(value)


LONG = timedelta(minutes=10)
"""So long before we ask Stripe because somebody came back from its pages may be what happened there."""
LATER = timedelta(minutes=1)
"""So far may two clocks be apart."""

TELLING = {
    "plan": ("customer.subscription.",),
    "pass": ("checkout.session.", "charge.refund", "charge.dispute."),
    "pack": ("checkout.session.", "charge.refund", "charge.dispute."),
    "quota": ("customer.subscription.", "checkout.session."),
    "invoice": ("charge.refund", "refund."),
    "dispute": ("charge.dispute.",),
}
"""What changed, by how its name begins → how the types of the events begin that tell of it."""


class Causes:
    """Says who or what caused the changes of one studio's history."""

    def __init__(self, session: Session, studio_id: str, history: Sequence[History]) -> None:
        people = {number for row in history if (number := _person(row.by))}
        named = [row.by.removeprefix("event:") for row in history if row.by.startswith("event:")]
        emails = session.exec(select(User.id, User.email).where(col(User.id).in_(people)))
        self._people = dict(iter(emails))
        self._named = {one.id: one for one in session.exec(select(Event).where(col(Event.id).in_(named)))}
        self._told: Sequence[Event] = []
        asked = [row.at for row in history if _asked(row.by)]
        customer = session.get(Customer, studio_id)
        if asked and customer and customer.stripe_id:
            self._told = session.exec(
                select(Event)
                .where(Event.customer == customer.stripe_id)
                .where(col(Event.created_at).between(min(asked) - LONG, max(asked) + LATER))
                .order_by(col(Event.created_at), col(Event.id))
            ).all()

    def words(self, row: History) -> str:
        """The cause of a change in words: who, which event, or on what occasion we asked Stripe, with the
        event there that told of such a change last.
        """
        kind, _colon, rest = row.by.partition(":")
        there, _colon, _who = rest.partition(":")
        said = {
            "user": self._person(row.by),
            "event": self._event(rest),
            "return": _("coming back from Stripe's portal")
            if there == "portal"
            else _("coming back from Stripe's pages (%(id)s)", id=there),
            "page": _("an owner who looked at the plan"),
            "reconciliation": _("the comparison with Stripe"),
            "system": _("the clock"),
            "worker": _("a worker, for what was asked before"),
            "plan": _("the plan that everybody has"),
            "operator": _("a command of the operator's (%(id)s)", id=rest),
        }
        parts = [str(said.get(kind, row.by))]
        if kind != "user" and _person(row.by):
            parts.insert(0, self._person(row.by))
        if _asked(row.by):
            near = [event for event in self._told if _tells(event, row)]
            parts += [self._event(event.id) for event in near if event.created_at == near[-1].created_at]
        return " · ".join(parts)

    def _person(self, by: str) -> str:
        number = _person(by)
        if number in self._people:
            return self._people[number]
        return str(_("a person who is gone (%(id)s)", id=by.rpartition(":")[2]))

    def _event(self, ident: str) -> str:
        known = self._named.get(ident) or next((one for one in self._told if one.id == ident), None)
        return str(_("Stripe: %(type)s (%(id)s)", type=known.type if known else "?", id=ident))


def _person(by: str) -> int | None:
    """The number of the person that a cause names."""
    found = re.search(r"(?:^|:)user:(\d+)$", by)
    return int(found[1]) if found else None


def _asked(by: str) -> bool:
    """Whether it was found out because somebody was at Stripe's pages, before its event came."""
    return by.startswith(("return:", "page:"))


def _tells(event: Event, row: History) -> bool:
    near = row.at - LONG <= event.created_at <= row.at + LATER
    return near and event.type.startswith(TELLING.get(row.what.partition(".")[0], ()))
