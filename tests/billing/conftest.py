"""Sessions of billing's own: apart from any application, on both databases."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from webapp.platform.db import open_engine
from webapp.platform.settings import Settings


@pytest.fixture
def engine(each_database: Settings) -> Iterator[sa.Engine]:
    """SQLite, then PostgreSQL."""
    engine = open_engine(each_database)
    yield engine
    engine.dispose()


@pytest.fixture
def books(settings: Settings) -> Iterator[Session]:
    """One session on SQLite, for what does not depend on the database."""
    engine = open_engine(settings)
    with Session(engine) as session:
        yield session
    engine.dispose()
