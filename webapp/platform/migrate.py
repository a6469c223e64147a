"""Bring the database to the version of this code."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import migrations


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def migrate(engine: sa.Engine) -> None:
    """Apply every migration that the database lacks; doing it twice changes nothing."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_new(engine: sa.Engine) -> bool:
    """Whether no migration was ever applied to the database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is None


def is_current(engine: sa.Engine) -> bool:
    """Whether the database has every migration of this code."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
