"""The database: one extension object, every table's conventions, and SQLite set up for several processes."""

import enum
import random
import secrets
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

import sqlalchemy as sa
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.engine import Engine
from sqlmodel import Session, SQLModel

from webapp.platform.settings import Settings

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Database(SQLAlchemy):
    """The extension, knowing that its sessions are SQLModel's."""

    @property
    def session(self) -> Session:
        return cast(Session, super().session)

    def new_session(self) -> Session:
        """A session apart, for a worker's short transactions: ``with db.new_session() as session``."""
        return cast(Session, self.sessionmaker())


db = Database(session_options={"class_": Session, "expire_on_commit": False})

reading: ContextVar[bool] = ContextVar("reading", default=False)
"""True while the current request only reads. SQLite then begins deferred; everything else begins IMMEDIATE,
because a read upgraded to a write fails at once when another process wrote in between."""


@contextmanager
def reading_session() -> Iterator[Session]:
    """A session that only reads: on SQLite nobody waits for it, however long it lasts."""
    token = reading.set(True)
    try:
        with db.new_session() as session:
            yield session
    finally:
        reading.reset(token)


class Record(SQLModel):
    """Base of every table. Prints its key only: other fields may be a name, a text or a secret."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', '?')}>"

    __str__ = __repr__


_chance: ContextVar[random.Random | None] = ContextVar("chance", default=None)


@contextmanager
def ids_from(seed: str) -> Iterator[None]:
    """Within it new ids follow from the seed, which is used for one transaction and never again: for
    simulations, since who is held out and how an exam is drafted follow from ids."""
    token = _chance.set(random.Random(seed))
    try:
        yield
    finally:
        _chance.reset(token)


def new_id() -> str:
    """An opaque id: 80 random bits as 16 lower-case letters and digits."""
    chance = _chance.get()
    bits = chance.randbytes(10) if chance else secrets.token_bytes(10)
    return b32encode(bits).decode("ascii").lower()


def enum_type(cls: type[enum.StrEnum]) -> Any:
    """A portable enum column: a VARCHAR holding the member's value."""
    return sa.Enum(cls, native_enum=False, values_callable=lambda e: [m.value for m in e], length=20)


def is_busy(error: sa.exc.OperationalError) -> bool:
    """Whether SQLite waited in vain for another process to finish writing. Later it works."""
    return str(getattr(error.orig, "sqlite_errorname", "")).startswith("SQLITE_BUSY")


def open_engine(settings: Settings) -> Engine:
    """An engine apart from any application, for administration."""
    engine = sa.create_engine(settings.database)
    tune_sqlite(engine)
    return engine


def tune_sqlite(engine: Engine) -> None:
    """WAL, foreign keys, a busy timeout, and transactions begun by us instead of by the driver."""
    if engine.dialect.name != "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=15000", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if reading.get() else "BEGIN IMMEDIATE")
