"""From the database to a file: the feedback that may teach the common model, as of now.

Whether a record may teach was decided when it was accepted; here it is asked again, of the guardian and of
the studio, because either may have changed their mind since.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from webapp.accounts.tables import Language, Studio
from webapp.desk.tables import Feedback
from webapp.lessons.consents import may_train
from webapp.lessons.tables import Drawing, Student


@dataclass(frozen=True)
class Collected:
    """How many records a file holds, how many of them are new, and the file's hash."""

    records: int
    new: int
    sha256: str


def collect(
    session: Session, path: Path, language: Language, *, since: datetime | None, until: datetime
) -> Collected:
    """Writes all feedback of a language that may teach, old and new, oldest first, for this user's eyes only.

    Records accepted after ``until`` are left for another night; new are those accepted after ``since``.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    records, new, digest = 0, 0, sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for accepted_at, record in _teaching(session, language, until):
            line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
            file.write(line)
            digest.update(line)
            records += 1
            new += since is None or accepted_at > since
    return Collected(records, new, digest.hexdigest())


def _teaching(
    session: Session, language: Language, until: datetime
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    accepted_for, drawn_by, later = aliased(Student), aliased(Student), aliased(Feedback)
    # Of a drawing's acceptances the last teaches, or none does: the others were thought better of.
    thought_better_of = (
        select(later.id)
        .where(
            later.drawing_id == Feedback.drawing_id,
            col(later.erased_at).is_(None),
            col(later.accepted_at) > Feedback.accepted_at,
            col(later.accepted_at) <= until,
        )
        .exists()
    )
    rows = session.exec(
        select(Feedback, accepted_for, drawn_by)
        .join(Studio, col(Studio.id) == Feedback.studio_id)
        .outerjoin(accepted_for, col(accepted_for.id) == Feedback.student_id)
        .outerjoin(Drawing, col(Drawing.id) == Feedback.drawing_id)
        .outerjoin(drawn_by, col(drawn_by.id) == Drawing.student_id)
        .where(
            Feedback.language == language,
            col(Feedback.erased_at).is_(None),
            col(Feedback.accepted_at) <= until,
            ~thought_better_of,
            col(Studio.teaches_common),
        )
        .order_by(col(Feedback.accepted_at), col(Feedback.id))
        .execution_options(yield_per=200)
    )
    for feedback, child, other in rows:
        record = feedback.record
        # That the drawing is another child's may have been said after the acceptance.
        asked = [child] if other is None else [child, other]
        if record is not None and record.get("training") is True and all(map(may_train, asked)):
            yield feedback.accepted_at, record
