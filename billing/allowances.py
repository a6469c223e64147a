"""Allowances: how many comments a studio is granted, of its plan for a quota month and of packs, and what is
left of them.

Who locks several locks them in ``ORDER``, so no two wait for one another. What is taken of them and
given back stands in the ledger.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from billing.entitlements import Entitlement
from billing.months import Month
from billing.tables import Allowance, Unit, UnitState, insert_missing, new_id, note

ORDER = (
    col(Allowance.studio_id),
    col(Allowance.is_pack),
    col(Allowance.begins_at),
    col(Allowance.source),
    col(Allowance.number),
)
"""In which allowances are locked, and used up."""


@dataclass(frozen=True)
class Balance:
    """What is left: of the plan in this quota month, and of packs."""

    month: Month
    granted: int
    used: int
    reserved: int
    packs: int

    @property
    def of_plan(self) -> int:
        return max(0, self.granted - self.used - self.reserved)

    @property
    def left(self) -> int:
        """Drawings that can still be drafted for the first time."""
        return self.of_plan + self.packs


def balance(session: Session, studio_id: str, entitlement: Entitlement) -> Balance:
    """What a studio has left."""
    month = _month(session, studio_id, entitlement)
    packs = session.exec(
        select(func.coalesce(func.sum(Allowance.granted - Allowance.used - Allowance.reserved), 0)).where(
            Allowance.studio_id == studio_id, col(Allowance.is_pack)
        )
    ).one()
    return Balance(
        entitlement.month,
        granted=entitlement.granted,
        used=month.used if month else 0,
        reserved=month.reserved if month else 0,
        packs=int(packs) if entitlement.drafts else 0,
    )


def taken(session: Session, studio_id: str, source: str, number: int) -> int:
    """How many comments of this month of a source are used or reserved."""
    return session.exec(
        select(func.coalesce(func.sum(Allowance.used + Allowance.reserved), 0)).where(
            Allowance.studio_id == studio_id, Allowance.source == source, Allowance.number == number
        )
    ).one()


def undrafted(session: Session, studio_id: str, entitlement: Entitlement) -> int:
    """How many of the comments that are reserved of the plan in this quota month came to no draft yet."""
    month = _month(session, studio_id, entitlement)
    if month is None or not month.reserved:
        return 0
    return session.exec(
        select(func.count()).where(
            Unit.allowance_id == month.id, Unit.state == UnitState.RESERVED, col(Unit.drafted_at).is_(None)
        )
    ).one()


def grant_month(session: Session, now: datetime, studio_id: str, entitlement: Entitlement) -> str:
    """The id of the allowance of this quota month, made or brought to what the plan grants now.

    What a smaller plan would take back is kept as far as it is used or reserved.
    """
    month, there = entitlement.month, _month(session, studio_id, entitlement)
    made = there is None and insert_missing(
        session,
        Allowance,
        [
            {
                "id": new_id(),
                "studio_id": studio_id,
                "source": entitlement.source_id,
                "number": month.number,
                "is_pack": False,
                "begins_at": month.begins,
                "ends_at": month.ends,
                "granted": entitlement.granted,
                "used": 0,
                "reserved": 0,
            }
        ],
    )
    there = there or _month(session, studio_id, entitlement)
    assert there is not None
    if made:
        note(
            session,
            now,
            studio_id,
            "quota.granted",
            there.id,
            by=entitlement.by,
            after={"comments": there.granted, "month": month.begins},
        )
    elif there.granted != entitlement.granted:
        change(session, now, there, entitlement.granted, by=entitlement.by)
    return there.id


def grant_pack(
    session: Session,
    now: datetime,
    studio_id: str,
    pack_id: str,
    comments: int,
    *,
    by: str,
    paid_at: datetime | None = None,
) -> bool:
    """Have a pack hold so many comments; less than before is kept as far as it is used or reserved. False
    when that is so already. Several packs: in the order in which they were paid, now unless it is said.
    """
    made = insert_missing(
        session,
        Allowance,
        [
            {
                "id": new_id(),
                "studio_id": studio_id,
                "source": pack_id,
                "number": 0,
                "is_pack": True,
                "begins_at": paid_at or now,
                "ends_at": None,
                "granted": comments,
                "used": 0,
                "reserved": 0,
            }
        ],
    )
    there = session.exec(
        select(Allowance).where(Allowance.studio_id == studio_id, Allowance.source == pack_id)
    ).one()
    if made:
        note(session, now, studio_id, "quota.pack", there.id, by=by, after={"comments": comments})
        return True
    return there.granted != comments and change(session, now, there, comments, by=by)


def change(session: Session, now: datetime, allowance: Allowance, granted: int, *, by: str) -> bool:
    """Grant more, or less, but never less than what is used and reserved; False when that is no change."""
    before = allowance.granted
    taken = Allowance.used + Allowance.reserved
    session.exec(
        sa.update(Allowance)
        .where(col(Allowance.id) == allowance.id)
        .values(granted=sa.case((taken > granted, taken), else_=granted))  # type: ignore[arg-type]
        .execution_options(synchronize_session=False)
    )
    session.refresh(allowance)
    if allowance.granted != before:
        note(
            session,
            now,
            allowance.studio_id,
            "quota.changed",
            allowance.id,
            by=by,
            before={"comments": before},
            after={"comments": allowance.granted},
        )
    return allowance.granted != before


def packs(session: Session, studio_id: str) -> list[str]:
    """The packs with something in them, the one that was paid first first."""
    return list(
        session.exec(
            select(Allowance.id)
            .where(
                Allowance.studio_id == studio_id,
                col(Allowance.is_pack),
                Allowance.used + Allowance.reserved < Allowance.granted,
            )
            .order_by(*ORDER)
        )
    )


def _month(session: Session, studio_id: str, entitlement: Entitlement) -> Allowance | None:
    return session.exec(
        select(Allowance)
        .where(
            Allowance.studio_id == studio_id,
            Allowance.source == entitlement.source_id,
            Allowance.number == entitlement.month.number,
            col(Allowance.is_pack).is_(False),
        )
        .execution_options(populate_existing=True)
    ).first()
