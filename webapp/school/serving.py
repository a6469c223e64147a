"""Which version drafts a language, and what drafts in its stead where it cannot be opened.

Nothing here loads a model: pages and ``vermilion doctor`` ask, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from drafting.bases import Base, BaseError, default_base, find, open_adapter, starter
from webapp.accounts.tables import Language
from webapp.platform import jobs
from webapp.platform.settings import Settings
from webapp.school.tables import ModelVersion, VersionState

STARTER = "starter"


@dataclass(frozen=True)
class Choice:
    """A base, and the adapter to merge into it. ``version`` is a version's id, ``starter``, or empty for the
    raw base."""

    base: Base
    version: str = ""
    adapter: Path | None = None


def base_of(language: Language, settings: Settings) -> Base:
    """The base that the operator chose for a language. BaseError when there is no such base."""
    return find(settings.base_zh if language is Language.CHINESE else settings.base_en)


def is_being_prepared(session: Session, language: Language, settings: Settings) -> bool:
    """Whether the base of this language is not ready yet, and a worker is to make it so."""
    preparing = jobs.unfinished(session, jobs.SCHOOL, "prepare")
    return bool(preparing) and base_of(language, settings).name in {job.bundle for job in preparing}


def champion(session: Session, language: Language) -> ModelVersion | None:
    """The version that serves all studios; None while the starter does."""
    return session.exec(
        select(ModelVersion).where(
            ModelVersion.language == language,
            ModelVersion.state == VersionState.CHAMPION,
            col(ModelVersion.studio_id).is_(None),
        )
    ).first()


def choices(session: Session, language: Language, settings: Settings) -> list[Choice]:
    """What may draft, best first: the champion, what it was made from, the starter, the raw base.

    Versions of another base are left out: the operator may have chosen a new one. BaseError as ``base_of``.
    """
    base = base_of(language, settings)
    found = [
        Choice(base, version.id, settings.home / version.folder)
        for version in _lineage(session, language)
        if version.base == base.name
    ]
    shipped = starter(language.value) if base.name == default_base(language.value) else None
    if shipped is not None:
        found.append(Choice(base, STARTER, shipped))
    return [*found, Choice(base)]


def whole(possible: Sequence[Choice]) -> tuple[Choice, list[BaseError]]:
    """The first whose files are all there and as they were written, and what is wrong with those before."""
    wrong = []
    for choice in possible:
        try:
            if choice.adapter is not None:
                open_adapter(choice.adapter)
        except BaseError as error:
            wrong.append(error)
        else:
            return choice, wrong
    raise ValueError("the raw base is always a choice")


def _lineage(session: Session, language: Language) -> Iterator[ModelVersion]:
    version = champion(session, language)
    while version is not None:
        yield version
        version = session.get(ModelVersion, version.parent_id) if version.parent_id else None
