"""The migrations make exactly the tables that the code has, on both databases, forwards and back."""

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

import billing.tables
import webapp.app  # noqa: F401 - all tables
from webapp.platform.db import open_engine
from webapp.platform.migrate import _config, is_current, migrate
from webapp.platform.settings import Settings


def test_tables_and_migrations_agree(each_database: Settings) -> None:
    engine = open_engine(each_database)
    assert is_current(engine)
    migrate(engine)  # again: changes nothing
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, [SQLModel.metadata, billing.tables.metadata]) == []
    engine.dispose()


def test_back_to_nothing(each_database: Settings) -> None:
    engine, config = open_engine(each_database), _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert not is_current(engine)
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
