"""The audit trail: who did what to which record, as ids only."""

from datetime import datetime

from sqlmodel import Session

from webapp.platform.tables import Audit


def note(
    session: Session,
    now: datetime,
    action: str,
    *,
    target: object = "",
    user_id: int | None = None,
    studio_id: str | None = None,
) -> None:
    """Add a row to the trail, in the transaction of what it tells of. ``target`` is an id, never a text."""
    session.add(Audit(at=now, action=action, target=str(target), user_id=user_id, studio_id=studio_id))
