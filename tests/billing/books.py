"""Whether the ledger's books balance."""

from collections import Counter

from sqlmodel import Session, select

from billing.tables import Allowance, Unit, UnitState


def check(session: Session) -> None:
    """Each allowance counts exactly the units that point to it, and none holds more than is granted."""
    units = session.exec(select(Unit).execution_options(populate_existing=True)).all()
    counted = Counter((unit.allowance_id, unit.state) for unit in units)
    for allowance in session.exec(select(Allowance).execution_options(populate_existing=True)):
        assert allowance.used == counted[allowance.id, UnitState.COMMITTED]
        assert allowance.reserved == counted[allowance.id, UnitState.RESERVED]
        assert allowance.used + allowance.reserved <= allowance.granted
    for unit in units:
        assert (unit.allowance_id is None) == (unit.state is UnitState.RELEASED)


def states(session: Session) -> dict[str, UnitState]:
    """The state of each drawing's unit."""
    units = session.exec(select(Unit).execution_options(populate_existing=True))
    return {unit.drawing_id: unit.state for unit in units}
