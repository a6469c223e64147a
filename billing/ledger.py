"""The quota ledger: one comment for each drawing, taken when it is first drafted.

A drawing's unit is *reserved* with its first drafting, in the quota month of that moment or else from a pack,
and *committed* there with its first acceptance, however late. It is *released* only when no draft ever came
of it. Each step is a guarded UPDATE whose outcome is its own proof, so it may be done twice, by two, or be
cut off anywhere: nothing is overspent, charged twice or lost. Units are always locked before allowances, and
both in one order (of allowances: the month's, then the packs as they were paid), so no two who lock several
wait for one another.

Every function belongs into the transaction of what it is for (the job that drafts, the acceptance).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from billing.entitlements import Entitlement
from billing.months import Month
from billing.tables import Allowance, Unit, UnitState, insert_missing, new_id, note

_ORDER = (
    col(Allowance.studio_id),
    col(Allowance.is_pack),
    col(Allowance.begins_at),
    col(Allowance.source),
    col(Allowance.number),
)
"""In which allowances are locked, and used up."""


@dataclass(frozen=True)
class Reservation:
    """``covered``: may be drafted, now or because they were before. ``refused``: nothing is left for them, or
    the studio may draft nothing.
    """

    covered: list[str]
    refused: list[str]


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


def reserve(
    session: Session,
    now: datetime,
    studio_id: str,
    drawing_ids: Sequence[str],
    entitlement: Entitlement,
    *,
    by: str,
) -> Reservation:
    """Take one comment for each drawing that has none yet, in the order given, as far as they go. Where
    nothing may be drafted, not even what has its comment is drafted again.
    """
    wanted = list(dict.fromkeys(drawing_ids))
    if not entitlement.drafts:
        return Reservation([], wanted)
    fresh = _claim(session, now, studio_id, wanted, by)
    places: list[str] = []  # of the comments found, an allowance id each
    if fresh:
        month = grant_month(session, now, studio_id, entitlement)
        places = _take(session, [month], len(fresh))
        if len(places) < len(fresh):
            places += _take(session, _packs(session, studio_id), len(fresh) - len(places))
    taken = dict(zip(fresh, places, strict=False))
    for drawing_id in sorted(fresh):
        state = UnitState.RESERVED if drawing_id in taken else UnitState.RELEASED
        session.exec(
            sa.update(Unit)
            .where(col(Unit.drawing_id) == drawing_id)
            .values(state=state, allowance_id=taken.get(drawing_id))
            .execution_options(synchronize_session=False)
        )
    refused = [drawing_id for drawing_id in fresh if drawing_id not in taken]
    return Reservation([d for d in wanted if d not in refused], refused)


def covers(session: Session, drawing_id: str) -> bool:
    """Whether the drawing has its comment, reserved or committed."""
    unit = session.get(Unit, drawing_id, populate_existing=True)
    return unit is not None and unit.state is not UnitState.RELEASED


def drafted(session: Session, now: datetime, drawing_id: str) -> None:
    """The drawing has a draft: its comment stays taken whatever comes."""
    session.exec(
        sa.update(Unit)
        .where(col(Unit.drawing_id) == drawing_id, col(Unit.drafted_at).is_(None))
        .values(drafted_at=now)
    )


def commit(session: Session, now: datetime, drawing_id: str) -> bool:
    """The drawing's comment is accepted. False when that was so already, or nothing was drafted for it: then
    it is the teacher's own, and costs nothing unless a draft comes yet.
    """
    return _leave(
        session,
        drawing_id,
        col(Unit.drafted_at).is_not(None),
        {"state": UnitState.COMMITTED, "committed_at": now},
        {"reserved": Allowance.reserved - 1, "used": Allowance.used + 1},
    )


def release(session: Session, drawing_id: str) -> bool:
    """Give back what was reserved and never came to a draft; False when there is no such reservation."""
    return _leave(
        session,
        drawing_id,
        col(Unit.drafted_at).is_(None),
        {"state": UnitState.RELEASED, "allowance_id": None},
        {"reserved": Allowance.reserved - 1},
    )


def without_drafts(session: Session, before: datetime) -> list[str]:
    """The drawings whose reservation is older than this and came to no draft yet, for a sweeper to ask
    after.
    """
    return list(session.exec(select(Unit.drawing_id).where(_stale(before)).order_by(Unit.drawing_id)))


def release_stale(session: Session, drawing_ids: Collection[str], before: datetime) -> int:
    """Release those of the drawings whose reservation is still as old as that, and not another one made
    since; how many. What others hold at this moment is left for the next time.
    """
    stale = sa.and_(col(Unit.drawing_id).in_(list(drawing_ids)), _stale(before))
    held = session.exec(
        select(Unit.drawing_id, Unit.allowance_id)
        .where(stale)
        .order_by(Unit.drawing_id)
        .with_for_update(skip_locked=True)
    ).all()
    touched = col(Allowance.id).in_([allowance_id for _, allowance_id in held])
    session.exec(select(Allowance.id).where(touched).order_by(*_ORDER).with_for_update()).all()
    return sum(release(session, drawing_id) for drawing_id, _ in held)


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


def _stale(before: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(Unit.state) == UnitState.RESERVED,
        col(Unit.drafted_at).is_(None),
        col(Unit.reserved_at) < before,
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


def _packs(session: Session, studio_id: str) -> list[str]:
    """The packs with something in them, the one that was paid first first."""
    return list(
        session.exec(
            select(Allowance.id)
            .where(
                Allowance.studio_id == studio_id,
                col(Allowance.is_pack),
                Allowance.used + Allowance.reserved < Allowance.granted,
            )
            .order_by(*_ORDER)
        )
    )


def _claim(session: Session, now: datetime, studio_id: str, drawing_ids: Sequence[str], by: str) -> list[str]:
    """Those of the drawings that have no comment reserved yet, now marked as ours, in the order given."""
    ordered = sorted(drawing_ids)
    insert_missing(
        session,
        Unit,
        [{"drawing_id": d, "studio_id": studio_id, "state": UnitState.RELEASED, "by": by} for d in ordered],
    )
    ours = set()
    for drawing_id in ordered:
        done = session.exec(
            sa.update(Unit)
            .where(
                col(Unit.drawing_id) == drawing_id,
                col(Unit.studio_id) == studio_id,
                col(Unit.state) == UnitState.RELEASED,
            )
            .values(state=UnitState.RESERVED, reserved_at=now, by=by)
            .execution_options(synchronize_session=False)
        )
        if done.rowcount == 1:
            ours.add(drawing_id)
    return [drawing_id for drawing_id in drawing_ids if drawing_id in ours]


def _take(session: Session, allowance_ids: Sequence[str], count: int) -> list[str]:
    """Reserve up to ``count`` comments from these allowances in turn; the allowance of each."""
    places: list[str] = []
    for allowance_id in allowance_ids:
        ask = count - len(places)
        while ask > 0 and not _take_from(session, allowance_id, ask):
            ask = min(ask, _left(session, allowance_id))  # others may be taking from it meanwhile
        places += [allowance_id] * max(0, ask)
    return places


def _take_from(session: Session, allowance_id: str, count: int) -> bool:
    done = session.exec(
        sa.update(Allowance)
        .where(
            col(Allowance.id) == allowance_id,
            col(Allowance.used) + Allowance.reserved + count <= Allowance.granted,
        )
        .values(reserved=Allowance.reserved + count)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)


def _left(session: Session, allowance_id: str) -> int:
    return session.exec(
        select(Allowance.granted - Allowance.used - Allowance.reserved).where(Allowance.id == allowance_id)
    ).one()


def _leave(
    session: Session,
    drawing_id: str,
    which: sa.ColumnElement[bool],
    unit: dict[str, object],
    counts: dict[str, object],
) -> bool:
    """Move a reserved unit on, and the counts of its allowance with it."""
    reserved = sa.and_(col(Unit.drawing_id) == drawing_id, col(Unit.state) == UnitState.RESERVED, which)
    allowance_id = session.exec(select(Unit.allowance_id).where(reserved).with_for_update()).first()
    if allowance_id is None:  # and if it is being reserved at this very moment, that came after us
        return False
    moved = session.exec(
        sa.update(Unit).where(reserved).values(**unit).execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        return False
    counted = session.exec(
        sa.update(Allowance)
        .where(col(Allowance.id) == allowance_id)
        .values(**counts)
        .execution_options(synchronize_session=False)
    )
    assert counted.rowcount == 1
    return True
