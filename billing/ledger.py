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
from sqlmodel import Session, col, select

from billing.allowances import ORDER, grant_month, packs
from billing.entitlements import Entitlement
from billing.tables import Allowance, Unit, UnitState, insert_missing


@dataclass(frozen=True)
class Reservation:
    """``covered``: may be drafted, now or because they were before. ``refused``: nothing is left for them, or
    the studio may draft nothing.
    """

    covered: list[str]
    refused: list[str]


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
            places += _take(session, packs(session, studio_id), len(fresh) - len(places))
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
    session.exec(select(Allowance.id).where(touched).order_by(*ORDER).with_for_update()).all()
    return sum(release(session, drawing_id) for drawing_id, _ in held)


def _stale(before: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(Unit.state) == UnitState.RESERVED,
        col(Unit.drafted_at).is_(None),
        col(Unit.reserved_at) < before,
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
