"""The writer of each language, opened in a worker and kept: loading a model takes longer than a class.

Before each class the worker asks which version is champion, and opens another one when it has changed.
"""

from dataclasses import dataclass

import structlog

from drafting.write import Writer
from webapp.accounts.tables import Language
from webapp.platform.db import db
from webapp.platform.settings import Settings
from webapp.school.serving import Choice, base_of, champion, choices
from webapp.school.versions import note_faults

log = structlog.get_logger()


@dataclass(frozen=True)
class Open:
    """``sees``: the model also looks at the drawing itself."""

    writer: Writer
    sees: bool


@dataclass(frozen=True)
class _Kept:
    """What is open for a language: what was asked for, and what could be opened."""

    asked: tuple[str, str]
    choice: Choice
    open: Open


_kept: dict[Language, _Kept] = {}


def writer_for(language: Language, settings: Settings) -> Open:
    """The writer for comments in this language: the champion's, or where that cannot be opened the one
    before.

    BaseError or WriterError says what to do when there is none.
    """
    with db.new_session() as session:
        serving = champion(session, language)
    asked = (base_of(language, settings).name, serving.id if serving else "")
    if language not in _kept or _kept[language].asked != asked:
        _kept.pop(language, None)  # one model goes out of memory before the next comes in
        _kept[language] = _open(language, settings, asked)
    return _kept[language].open


def _open(language: Language, settings: Settings, asked: tuple[str, str]) -> _Kept:
    """The first choice that can be opened. What is wrong with those before it is kept for the operator, once
    it is clear that it was they and not the base."""
    with db.new_session() as session:
        possible = choices(session, language, settings)
    faults: dict[str, str] = {}
    for choice in possible:
        try:
            opened = _open_choice(choice, settings)
        except Exception as error:  # whatever is wrong with an adapter, the class is drafted
            if choice.adapter is None:
                raise
            faults[choice.version] = str(error)[:400]
            log.error("version_unusable", version=choice.version, error=type(error).__name__)
        else:
            with db.new_session() as session:
                note_faults(session, faults, choice.version)
                session.commit()
            log.info("writer_opened", language=language.value, model=opened.writer.model)
            return _Kept(asked, choice, opened)
    raise ValueError("the raw base is always a choice")


def _open_choice(choice: Choice, settings: Settings) -> Open:
    from drafting.write import open_writer

    for other in _kept.values():
        if other.choice == choice:  # two languages on one base
            return other.open
    writer = open_writer(choice.base, adapter=choice.adapter, home=settings.home, key=settings.remote_key)
    return Open(writer, sees=choice.base.kind == "server")
