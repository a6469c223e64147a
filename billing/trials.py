"""The trial: fourteen days of a plan without a card, once a studio and once a person."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from billing.plans import Catalogue
from billing.tables import Trial, insert_missing, note


def begin(
    session: Session, now: datetime, studio_id: str, payer: str, sold: Catalogue, *, by: str
) -> Trial | None:
    """Begin the studio's trial; None when the studio, or this person in another, has had one.

    ``payer`` is an opaque code of the person, the same for ever.
    """
    made = insert_missing(
        session,
        Trial,
        [
            {
                "studio_id": studio_id,
                "payer": payer,
                "plan": sold.trial.plan,
                "begins_at": now,
                "ends_at": now + timedelta(days=sold.trial.days),
                "by": by,
            }
        ],
    )
    if not made:
        return None
    trial = session.exec(select(Trial).where(Trial.studio_id == studio_id)).one()
    after = {"plan": trial.plan, "ends_at": trial.ends_at}
    note(session, now, studio_id, "trial.begun", studio_id, by=by, after=after)
    return trial
