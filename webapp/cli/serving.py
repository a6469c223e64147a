"""Commands that serve the product, part by part."""

from datetime import UTC, datetime

import click

from webapp.app import create_app
from webapp.platform.db import db
from webapp.platform.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, envvar="PORT")
@click.option("--debug", is_flag=True, help="Reload on changes; for developing only.")
def web(host: str, port: int, debug: bool) -> None:
    """Serve the pages."""
    create_app(Settings()).run(host, port, debug=debug)


@click.command()
def migrate() -> None:
    """Bring the database up to date."""
    from webapp.platform import migrate as migrations

    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    with create_app(settings).app_context():
        migrations.migrate(db.engine)


@click.command()
def seed() -> None:
    """Add the demo studios."""
    from webapp.demo import seed as add

    settings = Settings()
    with create_app(settings).app_context():
        for user in add(db.session, datetime.now(UTC), settings)["users"]:
            click.echo(f"{user['role']}  {user['email']}  {user['password']}")
