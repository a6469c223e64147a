"""Alembic's environment: all tables, billing's own metadata included, on the connection handed in or else on
the database of the settings.
"""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from flask_security import AsaList
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import billing.tables
import webapp.accounts.tables
import webapp.desk.tables
import webapp.lessons.tables
import webapp.platform.tables
import webapp.school.tables  # noqa: F401  (imported for their tables)
from webapp.platform.settings import Settings


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write the types of SQLModel and Flask-Security as plain SQLAlchemy: a migration outlives both."""
    if kind != "type":
        return False
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AsaList):
        return "sa.UnicodeText()"
    return False


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=[SQLModel.metadata, billing.tables.metadata],
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    with sa.create_engine(Settings().database).connect() as own:
        run(own)
