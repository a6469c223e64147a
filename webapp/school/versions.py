"""A version's way: made by a night, promoted or rejected, retired, and put back if it was the better one."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from webapp.accounts.tables import Language
from webapp.platform import audit
from webapp.school.serving import champion
from webapp.school.tables import ModelVersion, VersionState

KEPT = 3
"""So many of a language's last versions keep their weights, whatever became of them."""

ADAPTERS = "adapters"
"""Where under the folder of models those lie that the nights made."""


class NothingBeforeError(Exception):
    """There is no version to put back: the starter serves already."""


class NoWeightsError(Exception):
    """The version to put back, whose id is the message, is there as a row only: its weights were deleted."""


def folder_of(version_id: str) -> str:
    """Where a version's adapter lies, under the home."""
    return f"models/{ADAPTERS}/{version_id}"


def has_weights(version: ModelVersion, home: Path) -> bool:
    """Whether its adapter still lies on the disk; those of old versions are deleted."""
    return (home / version.folder).exists()


def outlived(session: Session, language: Language) -> list[ModelVersion]:
    """The versions whose weights nobody will ask for any more: all but what serves or may, what it was made
    from, and the last few.
    """
    made = session.exec(
        select(ModelVersion)
        .where(ModelVersion.language == language, col(ModelVersion.studio_id).is_(None))
        .order_by(col(ModelVersion.created_at).desc(), col(ModelVersion.id))
    ).all()
    over = (VersionState.RETIRED, VersionState.REJECTED)
    before = {version.parent_id for version in made if version.state not in over}
    return [version for version in made[KEPT:] if version.state in over and version.id not in before]


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
    session: Session, now: datetime, language: Language, home: Path, *, user_id: int | None = None
) -> ModelVersion | None:
    """Let the version serve again from which the champion was made; None when that is the starter.

    NothingBeforeError when the starter serves already; NoWeightsError, and nothing changes, when there is
    nothing left to serve of that version.
    """
    serving = champion(session, language)
    if serving is None:
        raise NothingBeforeError
    before = session.get(ModelVersion, serving.parent_id) if serving.parent_id else None
    if before is not None and not has_weights(before, home):
        raise NoWeightsError(before.id)
    retire(session, language)
    audit.note(session, now, "model.put_back", target=serving.id, user_id=user_id)
    if before is not None:
        promote(session, now, before, user_id=user_id)
    return before


def note_faults(session: Session, faults: Mapping[str, str], opened: str) -> None:
    """Keep for the operator why versions could not be opened, by id; ``opened`` could."""
    touched = session.exec(select(ModelVersion).where(col(ModelVersion.id).in_([*faults, opened]))).all()
    for version in touched:
        version.fault = faults.get(version.id)
