"""Billing's tables, with a metadata of their own and no foreign key out of it: they outlive the studio.

Times are UTC; money is an integer in the currency's minor unit, with the currency. ``by`` says who or what
caused a row or a change: ``user:5``, ``event:evt_1``, ``system``. What Stripe knows better is projected from
it (``projection``) and never changed anywhere else.
"""

import enum
import secrets
from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Row(SQLModel, registry=registry(metadata=metadata)):
    """Base of every table. Prints its key only."""

    def __repr__(self) -> str:
        key = sa.inspect(type(self)).primary_key[0].name
        return f"<{type(self).__name__} {getattr(self, key, '?')}>"

    __str__ = __repr__


def new_id() -> str:
    """An opaque id: 80 random bits as 16 lower-case letters and digits."""
    return b32encode(secrets.token_bytes(10)).decode("ascii").lower()


def _enum(cls: type[enum.StrEnum]) -> Any:
    return sa.Enum(cls, native_enum=False, values_callable=lambda e: [m.value for m in e], length=20)


class Customer(Row, table=True):
    """A studio as Stripe's customer. Whoever projects from Stripe holds ``lease_until``, of the machine's
    time; ``version`` counts the holders, and is the fencing token: one that lost its lease holds an old
    number. ``balance`` is what the next invoices take along, as Stripe has it: below zero a credit, above
    zero still owed.
    """

    __tablename__ = "billing_customer"
    studio_id: str = Field(primary_key=True, max_length=16)
    stripe_id: str | None = Field(default=None, max_length=80, unique=True)
    currency: str | None = Field(default=None, max_length=3)
    balance: int = 0
    version: int = 0
    lease_until: datetime | None = None
    projected_at: datetime | None = None
    gone: bool = False  # deleted at Stripe
    created_at: datetime

    @property
    def credit(self) -> int:
        """What invoices are paid from before a card is charged."""
        return max(0, -self.balance)


class Trial(Row, table=True):
    """A trial without a card, local to us: once a studio and once a payer."""

    __tablename__ = "billing_trial"
    studio_id: str = Field(primary_key=True, max_length=16)
    payer: str = Field(max_length=80, unique=True)
    plan: str = Field(max_length=20)
    begins_at: datetime
    ends_at: datetime
    by: str = Field(max_length=120)


class Subscription(Row, table=True):
    """A card subscription, as projected from Stripe. An empty ``plan``: a price that is not sold here."""

    __tablename__ = "billing_subscription"
    id: str = Field(primary_key=True, max_length=80)
    studio_id: str = Field(max_length=16, index=True)
    status: str = Field(max_length=20)
    paused: bool = False
    plan: str = Field(max_length=20)
    interval: str = Field(max_length=10)
    seats: int
    price_id: str = Field(max_length=80)
    item_id: str = Field(max_length=80)
    currency: str = Field(max_length=3)
    amount: int  # of one seat and period
    discounted: bool = False  # something is taken off the next invoice
    began_at: datetime
    period_begins: datetime
    period_ends: datetime
    ends_at: datetime | None = None  # when it is to be cancelled
    ended_at: datetime | None = None
    unpaid_since: datetime | None = None  # the oldest of its invoices that could not be collected
    # Ours, and its present period is neither paid nor being paid: cancelling ends it at once.
    period_unpaid: bool = False
    by: str = Field(max_length=120)


GIVEN = "grant_"


class PurchaseKind(enum.StrEnum):
    PASS = "pass"  # noqa: S105 - a prepaid pass, not a password
    PACK = "pack"


class Purchase(Row, table=True):
    """Something paid once: a prepaid pass, or a pack of comments. Its id is that of the Checkout session, or
    begins with ``GIVEN`` for what an operator gave (``grants``), which cost nothing and is not at Stripe.

    ``revoked_at``: refunded in full, lost in a dispute, or taken back.
    """

    __tablename__ = "billing_purchase"
    id: str = Field(primary_key=True, max_length=80)
    studio_id: str = Field(max_length=16, index=True)
    kind: PurchaseKind = Field(sa_type=_enum(PurchaseKind))
    plan: str = Field(default="", max_length=20)
    months: int = 0
    seats: int = 1
    comments: int = 0
    currency: str = Field(max_length=3)
    amount: int
    refunded: int = 0
    payment_id: str | None = Field(default=None, max_length=80, index=True)
    paid_at: datetime
    revoked_at: datetime | None = None
    by: str = Field(max_length=120)


class DelayedPayment(Row, table=True):
    """What a Checkout that is complete has sold and nobody has paid yet, as projected from Stripe: WeChat Pay
    and Alipay may tell later how it went. Once it is paid it is a ``Purchase`` of the same id, and no row
    here.

    ``method`` is Stripe's name for how it is paid, such as ``alipay``. ``failed``: nothing was charged, and
    nothing will be. ``begun_at``: when the payer did their part; ``changed_at``: when we learnt what stands
    here, for Stripe does not say when a payment failed.
    """

    __tablename__ = "billing_delayed_payment"
    id: str = Field(primary_key=True, max_length=80)
    studio_id: str = Field(max_length=16, index=True)
    kind: PurchaseKind = Field(sa_type=_enum(PurchaseKind))
    plan: str = Field(default="", max_length=20)
    months: int = 0
    seats: int = 1
    comments: int = 0
    currency: str = Field(max_length=3)
    amount: int
    method: str = Field(default="", max_length=40)
    failed: bool = False
    begun_at: datetime
    changed_at: datetime
    by: str = Field(max_length=120)


PAYABLE = ("open", "uncollectible")
"""Statuses of an invoice whose page takes its payment: also of one that Stripe has given up."""


class Invoice(Row, table=True):
    """An invoice, as projected from Stripe. ``unconfirmed``: its payment waits for the payer, who has to
    confirm it to their bank on the invoice's ``page``; ``payment_id`` is the payment that paid it, or would.
    ``declined_brand`` and ``declined_last4`` name the card that was declined last, while it can be paid.
    ``from_credit`` is what the customer's credit paid of it; below zero, what it added to the credit.
    ``carried`` is what it took over from earlier invoices; below zero, what it left to the next, because it
    was too small to be charged. ``left_open``: it could be paid, though its plan is over, and should be void.
    """

    __tablename__ = "billing_invoice"
    id: str = Field(primary_key=True, max_length=80)
    studio_id: str = Field(max_length=16, index=True)
    subscription_id: str | None = Field(default=None, max_length=80, index=True)
    number: str | None = Field(default=None, max_length=60)
    status: str = Field(max_length=20)
    reason: str = Field(default="", max_length=40)
    currency: str = Field(max_length=3)
    total: int
    from_credit: int = 0
    carried: int = 0
    paid: int
    refunded: int = 0
    payment_id: str | None = Field(default=None, max_length=80, index=True)
    unconfirmed: bool = False
    left_open: bool = False
    declined_brand: str | None = Field(default=None, max_length=40)
    declined_last4: str | None = Field(default=None, max_length=4)
    attempts: int = 0
    next_attempt: datetime | None = None
    page: str | None = Field(default=None, max_length=1000)
    pdf: str | None = Field(default=None, max_length=1000)
    created_at: datetime
    paid_at: datetime | None = None

    @property
    def remaining(self) -> int:
        """What is still to be paid of one that is open."""
        return self.total - self.from_credit + self.carried - self.paid


class Dispute(Row, table=True):
    """A payment that its payer disputes, as projected from Stripe."""

    __tablename__ = "billing_dispute"
    id: str = Field(primary_key=True, max_length=80)
    studio_id: str = Field(max_length=16, index=True)
    charge_id: str = Field(max_length=80)
    payment_id: str | None = Field(default=None, max_length=80)
    status: str = Field(max_length=40)
    reason: str = Field(default="", max_length=60)
    currency: str = Field(max_length=3)
    amount: int
    created_at: datetime
    answer_by: datetime | None = None


class EventState(enum.StrEnum):
    """``foreign``: it is of no customer of ours. ``failed``: given up; reconciliation lists it."""

    WAITING = "waiting"
    DONE = "done"
    FOREIGN = "foreign"
    FAILED = "failed"


class Event(Row, table=True):
    """A webhook's event: that it came, and what became of it. Its content is fetched anew."""

    __tablename__ = "billing_event"
    __table_args__ = (sa.Index("ix_billing_event_state", "state", "received_at"),)
    id: str = Field(primary_key=True, max_length=80)
    type: str = Field(max_length=80)
    customer: str | None = Field(default=None, max_length=80, index=True)
    charge: str | None = Field(default=None, max_length=80)  # by which the customer is found, if not told
    state: EventState = Field(default=EventState.WAITING, sa_type=_enum(EventState))
    attempts: int = 0
    error: str | None = Field(default=None, max_length=80)
    created_at: datetime
    received_at: datetime
    done_at: datetime | None = None


class Comparison(Row, table=True):
    """One reconciliation: what it mended and what it left for the operator, as ``reconcile.Finding`` rows."""

    __tablename__ = "billing_comparison"
    id: str = Field(default_factory=new_id, primary_key=True, max_length=16)
    at: datetime = Field(index=True)
    mended: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    left: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)


class Allowance(Row, table=True):
    """Comments that a studio may use: those of one quota month of its plan, or those of a pack.

    ``source`` is what grants it (``free``, ``trial``, a subscription's, pass's or pack's id) and ``number``
    the month within that. The database itself refuses more than is granted.
    """

    __tablename__ = "billing_allowance"
    __table_args__ = (
        sa.UniqueConstraint("studio_id", "source", "number"),
        sa.CheckConstraint("used >= 0 AND reserved >= 0 AND used + reserved <= granted", name="within"),
    )
    id: str = Field(default_factory=new_id, primary_key=True, max_length=16)
    studio_id: str = Field(max_length=16, index=True)
    source: str = Field(max_length=80)
    number: int = 0
    is_pack: bool = False
    begins_at: datetime
    ends_at: datetime | None = None
    granted: int
    used: int = 0
    reserved: int = 0


class UnitState(enum.StrEnum):
    RESERVED = "reserved"
    COMMITTED = "committed"
    RELEASED = "released"


class Unit(Row, table=True):
    """The one comment that a drawing uses, however often it is drafted and accepted."""

    __tablename__ = "billing_unit"
    drawing_id: str = Field(primary_key=True, max_length=16)
    studio_id: str = Field(max_length=16, index=True)
    allowance_id: str | None = Field(default=None, foreign_key="billing_allowance.id", index=True)
    state: UnitState = Field(default=UnitState.RELEASED, sa_type=_enum(UnitState))
    reserved_at: datetime | None = None
    drafted_at: datetime | None = None
    committed_at: datetime | None = None
    by: str = Field(max_length=120)


class History(Row, table=True):
    """Who or what changed a plan or a quota. ``before`` and ``after`` hold only what changed."""

    __tablename__ = "billing_history"
    id: str = Field(default_factory=new_id, primary_key=True, max_length=16)
    at: datetime = Field(index=True)
    studio_id: str = Field(max_length=16, index=True)
    what: str = Field(max_length=40)
    object_id: str = Field(max_length=80)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    after: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    by: str = Field(max_length=120)


def note(
    session: Session,
    now: datetime,
    studio_id: str,
    what: str,
    object_id: str,
    *,
    by: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add a row to the history, in the transaction of what it tells of."""
    session.add(
        History(
            at=now,
            studio_id=studio_id,
            what=what,
            object_id=object_id,
            before=_plain(before),
            after=_plain(after),
            by=by,
        )
    )


def insert_missing(session: Session, table: type[Row], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows whose key is not there yet; how many they were. Of two who insert the same at the
    same moment, one waits for the other.
    """
    if not rows:
        return 0
    postgres = session.get_bind().dialect.name == "postgresql"
    dialect = postgresql.insert if postgres else sqlite.insert
    key = sa.inspect(table).primary_key[0]
    # One row as it is: of a list, the statement would be put together anew each time.
    values = rows[0] if len(rows) == 1 else list(rows)
    made = session.scalars(dialect(table).values(values).on_conflict_do_nothing().returning(key))
    return len(made.all())


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in (values or {}).items()
    }
