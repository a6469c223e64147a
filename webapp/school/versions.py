"""A version's way: made by a night, promoted or rejected, retired, and put back if it was the better one."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from webapp.accounts.tables import Language
from webapp.platform import audit
from webapp.school.serving import champion
from webapp.school.tables import ModelVersion, VersionState


class NothingBeforeError(Exception):
    """There is no version to put back: the starter serves already."""


ADAPTERS = "adapters"
"""Where under the folder of models those lie that the nights made."""


def folder_of(version_id: str) -> str:
    """Where a version's adapter lies, under the home."""
    return f"models/{ADAPTERS}/{version_id}"


def promote(session: Session, now: datetime, version: ModelVersion, *, user_id: int | None = None) -> None:
    """Let this version serve its language; the champion so far is retired."""
    retire(session, version.language)
    version.state, version.promoted_at = VersionState.CHAMPION, now
    session.add(version)
    audit.note(session, now, "model.promoted", target=version.id, user_id=user_id)


def retire(session: Session, language: Language) -> ModelVersion | None:
    """Let nothing but the starter serve this language; the champion so far."""
    if (serving := champion(session, language)) is not None:
        serving.state = VersionState.RETIRED
    session.flush()  # there is one champion at a time, in the middle of a transaction too
    return serving


def put_back(
    session: Session, now: datetime, language: Language, *, user_id: int | None = None
) -> ModelVersion | None:
    """Let the version serve again from which the champion was made; None when that is the starter.

    NothingBeforeError when the starter serves already.
    """
    retired = retire(session, language)
    if retired is None:
        raise NothingBeforeError
    before = session.get(ModelVersion, retired.parent_id) if retired.parent_id else None
    audit.note(session, now, "model.put_back", target=retired.id, user_id=user_id)
    if before is not None:
        promote(session, now, before, user_id=user_id)
    return before


def note_faults(session: Session, faults: Mapping[str, str], opened: str) -> None:
    """Keep for the operator why versions could not be opened, by id; ``opened`` could."""
    touched = session.exec(select(ModelVersion).where(col(ModelVersion.id).in_([*faults, opened]))).all()
    for version in touched:
        version.fault = faults.get(version.id)
