"""Money in an operator's words: what differs and what to do about it, what a studio has, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_babel import format_date, format_time, pgettext
from flask_babel import gettext as _

from billing.months import add_months
from billing.reconcile import Finding
from billing.tables import Dispute, Purchase
from billing.timeline import Stretch
from webapp.money.wording import price


@dataclass(frozen=True)
class Advice:
    """A finding in words. ``at``: the objects at Stripe that it is about, with their addresses in the
    dashboard, empty where there is none; ``ends``: subscriptions that may be ended from our page.
    """

    title: str
    todo: str
    at: list[tuple[str, str]] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)


def finding(found: Finding, dashboard: str, now: datetime, disputed: Dispute | None = None) -> Advice:
    """What a difference means and what to do about it. ``disputed``: the dispute that it is about, if any."""
    ids = [found.object_id, *found.detail.split()] if found.kind == "two_subscriptions" else [found.object_id]
    title, todo = _findings().get(found.kind, (found.kind, found.detail))
    if disputed is not None:
        amount = price(disputed.amount, disputed.currency, cents=True)
        title, todo = _("A payment of %(amount)s is disputed", amount=amount), dispute_todo(disputed, now)
    at = [(ident, _address(dashboard, ident)) for ident in ids if _folder(ident)]
    if found.kind == "dispute_lost":
        at.append((found.detail, _address(dashboard, found.detail)))
    ends = ids if found.kind in ("two_subscriptions", "dispute_lost") else []
    return Advice(title, todo.replace("%(detail)s", state(found.detail)), at, ends)


def _findings() -> dict[str, tuple[str, str]]:
    """Title and what to do, by the kind of finding."""
    return {
        "two_subscriptions": (
            _("Two subscriptions of one studio"),
            _(
                "Both are charged. Look at Stripe which one the studio wants, end the other here, and refund"
                " what it was charged for."
            ),
        ),
        "unknown_price": (
            _("A subscription at a price that is not sold here"),
            _(
                "It gives the studio nothing. Move it to a price of ours at Stripe, or write the plan into"
                " plans.yaml and run sync-plans. Price: %(detail)s"
            ),
        ),
        "dispute": (_("A payment is disputed"), "%(detail)s"),  # more is said where it is known here
        "dispute_lost": (
            _("A subscription goes on whose payment was lost in a dispute"),
            _("Its payer took the money of this period back. Speak with them, or end the subscription here."),
        ),
        "paid_when_over": (
            _("Something was paid for a plan that was over"),
            _("It gives the studio nothing: refund the invoice at Stripe. It is listed until then."),
        ),
        "open_when_over": (
            _("An open invoice of a plan that is over"),
            _(
                "It can still be paid, and would give the studio nothing. Stripe refused to void it: void it"
                " there. If it is being paid at this moment, it is listed as paid soon."
            ),
        ),
        "event_failed": (
            _("An event of Stripe's was given up"),
            _(
                "It was tried ten times. Every comparison tries it again; if it stays, the log has the"
                " reason. Error: %(detail)s"
            ),
        ),
        "event_waits": (
            _("An event of Stripe's waits for hours"),
            _("No worker takes it. See that a worker runs: “vermilion doctor” says. Event: %(detail)s"),
        ),
        "orphan_customer": (
            _("A customer at Stripe whose studio is not here"),
            _(
                "It was deleted here, or belongs to another installation with the same account. Delete the"
                " customer at Stripe if nobody needs it; that ends its subscriptions."
            ),
        ),
        "second_customer": (
            _("A second customer of one studio"),
            _(
                "Only the other one counts here. See at Stripe whether this one has paid, refund it, and"
                " delete it."
            ),
        ),
        "customer_unknown_to_stripe": (
            _("A studio's customer is unknown to Stripe"),
            _("The key may be of another account or mode. Compare VERMILION_STRIPE_KEY with the dashboard."),
        ),
        "unknown_to_stripe": (
            _("Stripe does not know what a studio has"),
            _(
                "It was deleted there, or the database is of another time or account. Nothing is taken away."
                " Look at the studio's dealings, and at Stripe, what it paid for. It is a: %(detail)s"
            ),
        ),
        "busy": (
            _("A studio was not compared: another process was asking about it"),
            _("Nothing to do. The next comparison takes it."),
        ),
        "not_compared": (
            _("A studio could not be compared"),
            _("Compare again later. If it stays, the log has the reason. Error: %(detail)s"),
        ),
        "books": (
            _("The count of a studio's comments is not that of its drawings"),
            _(
                "Somebody wrote into the database by hand, for nothing else does this. Set the row's “used”"
                " and “reserved” to what is there: %(detail)s"
            ),
        ),
    }


_FOLDERS = {
    "sub": "subscriptions",
    "cus": "customers",
    "dp": "disputes",
    "du": "disputes",
    "evt": "events",
    "in": "invoices",
    "pi": "payments",
}


def _folder(ident: str) -> str:
    return _FOLDERS.get(ident.partition("_")[0], "") if "_" in ident else ""


def _address(dashboard: str, ident: str) -> str:
    return f"{dashboard}/{_folder(ident)}/{ident}" if dashboard and _folder(ident) else ""


def dispute_todo(row: Dispute, now: datetime) -> str:
    """What is to be done about a dispute that is open, and until when."""
    if row.status in ("under_review", "warning_under_review"):
        said = _("It is answered, and the payer's bank decides. Until then the studio keeps what it has.")
    elif row.answer_by is None:
        said = _("Answer it at Stripe, or accept it there. The studio keeps what it has until it is decided.")
    elif row.answer_by > now:
        said = _(
            "Answer it at Stripe by %(day)s, or accept it there. The studio keeps what it has until it is"
            " decided.",
            day=moment(row.answer_by),
        )
    else:
        said = _(
            "It could be answered until %(day)s, and was not: the payer's bank decides without an answer, as"
            " a rule for the payer.",
            day=moment(row.answer_by),
        )
    return str(said)


def state(code: str) -> str:
    """A state of Stripe's of a subscription, an invoice or a dispute; or a dispute's reason."""
    words = {
        "active": pgettext("state", "active"),
        "canceled": pgettext("state", "over"),
        "draft": pgettext("state", "draft"),
        "incomplete": pgettext("state", "not begun: the first payment is missing"),
        "incomplete_expired": pgettext("state", "never begun"),
        "lost": pgettext("state", "lost"),
        "needs_response": pgettext("state", "to be answered"),
        "open": pgettext("state", "open"),
        "paid": pgettext("state", "paid"),
        "past_due": pgettext("state", "payment failed"),
        "paused": pgettext("state", "paused"),
        "trialing": pgettext("state", "trial"),
        "uncollectible": pgettext("state", "given up"),
        "under_review": pgettext("state", "being decided"),
        "unpaid": pgettext("state", "not paid"),
        "void": pgettext("state", "void"),
        "warning_closed": pgettext("state", "inquiry closed"),
        "warning_needs_response": pgettext("state", "inquiry to be answered"),
        "warning_under_review": pgettext("state", "inquiry under way"),
        "won": pgettext("state", "won"),
        "duplicate": pgettext("reason", "charged twice"),
        "fraudulent": pgettext("reason", "not made by the payer"),
        "general": pgettext("reason", "other"),
        "product_not_received": pgettext("reason", "nothing received"),
        "product_unacceptable": pgettext("reason", "not as described"),
        "subscription_canceled": pgettext("reason", "was cancelled before"),
        "unrecognized": pgettext("reason", "not recognised"),
        "credit_not_processed": pgettext("reason", "refund did not come"),
    }
    return str(words.get(code, code))


def moment(at: datetime) -> str:
    """A day with its year, and the time: whoever answers a studio's question has to tell both."""
    return f"{format_date(at)} {format_time(at, 'short')}"


def pass_times(bought: Purchase, stretches: Sequence[Stretch]) -> list[str]:
    """When a pass runs, has run and will run, and whether some of it still waits."""
    mine = [stretch for stretch in stretches if stretch.id == bought.id]
    said = [
        str(_("from %(begins)s to %(ends)s", begins=moment(one.begins), ends=moment(one.ends)))
        for one in mine
    ]
    if bought.revoked_at is not None:
        return said
    if not mine:
        return [str(_("not begun: it waits until what covers as much ends"))]
    had = sum((one.ends - one.begins for one in mine), timedelta())
    if had < add_months(mine[0].first, bought.months) - mine[0].first:
        said.append(str(_("the rest waits until what covers as much ends")))
    return said


def letter(code: str) -> str:
    """What a letter to the owners was about."""
    about = {
        "confirm": pgettext("letter", "a payment to confirm"),
        "failed": pgettext("letter", "a payment that failed"),
        "read_only": pgettext("letter", "drafting has stopped"),
        "trial_ends": pgettext("letter", "the trial ends soon"),
        "trial_ended": pgettext("letter", "the trial is over"),
        "pass_ends": pgettext("letter", "prepaid time ends soon"),
        "pass_ended": pgettext("letter", "prepaid time has run out"),
        "not_paid": pgettext("letter", "a payment by a wallet failed"),
        "bought": pgettext("letter", "receipt of a plan"),
        "paid": pgettext("letter", "receipt of a payment"),
        "changed": pgettext("letter", "the plan was changed"),
        "cancelled": pgettext("letter", "the plan was cancelled"),
        "resumed": pgettext("letter", "the plan goes on"),
        "ended": pgettext("letter", "the plan has ended"),
        "pass": pgettext("letter", "receipt of prepaid time"),
        "pack": pgettext("letter", "receipt of a pack"),
    }
    return str(about.get(code, code))


def source(code: str) -> str:
    """What gives a studio its plan."""
    names = {
        "subscription": pgettext("source", "subscription"),
        "pass": pgettext("source", "prepaid"),
        "trial": pgettext("source", "trial"),
        "free": pgettext("source", "free"),
        "none": pgettext("source", "not paid"),
    }
    return str(names.get(code, code))


def not_given(code: str) -> str:
    """Why something could not be given, and what to do."""
    said = {
        "reason": _("Say why, in a few words; it stands in the studio's history. Nothing was changed."),
        "amount": _("This is none, or too many. Nothing was changed."),
        "plan": _("This plan cannot be given. Nothing was changed."),
        "seats": _("This plan is not for so many seats. Nothing was changed."),
        "no_trial": _("No trial runs. Give prepaid time instead. Nothing was changed."),
        "covered": _(
            "The studio has more than its trial, so a longer one would give it nothing. Give prepaid time or"
            " comments instead. Nothing was changed."
        ),
        "gone": _("There is nothing to take back."),
    }
    return str(said[code])
