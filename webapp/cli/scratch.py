"""Empty databases for the while of a command."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from webapp.platform.db import new_id, tune_sqlite

POOL = 16
"""Connections that are kept open: as many threads may work without opening one each time."""


class NoServerError(Exception):
    """No PostgreSQL server answers at the address, or it lets nobody make a database."""


@contextmanager
def scratch_sqlite() -> Iterator[sa.Engine]:
    """An engine on an empty file, tuned as the application's."""
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{Path(folder) / 'scratch.db'}", pool_size=POOL)
        tune_sqlite(engine)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def scratch_postgres(address: str) -> Iterator[sa.Engine]:
    """An engine on an empty database of the server at that address, dropped afterwards. NoServerError."""
    name = f"vermilion_scratch_{new_id()}"
    server = _server(address)
    try:
        _say(server, f"CREATE DATABASE {name}")
    except sa.exc.SQLAlchemyError as error:
        raise NoServerError(f"no database can be made at {server.url}") from error
    engine = sa.create_engine(server.url.set(database=name), pool_size=POOL)
    try:
        yield engine
    finally:
        engine.dispose()
        _say(server, f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()


def _server(address: str) -> sa.Engine:
    try:
        url = sa.make_url(address)
        if url.get_backend_name() != "postgresql":
            raise NoServerError(f"{url} is no address of PostgreSQL")
        return sa.create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise NoServerError("this is no address of a database") from error


def _say(server: sa.Engine, statement: str) -> None:
    with server.connect() as connection:
        connection.exec_driver_sql(statement)
