"""Commands about single studios and people."""

import json

import click
from flask import Flask
from sqlmodel import col, select

from billing import changing
from billing.customers import BusyError
from billing.gateway import GatewayError, UnansweredError
from billing.plans import catalogue
from webapp.accounts.people import create_person, make_operator
from webapp.accounts.tables import Studio, User
from webapp.cli.serving import up_to_date
from webapp.lessons.feedback import export_records
from webapp.money.edge import gateway, sells, transactions
from webapp.platform import audit, clock
from webapp.platform.db import db, reading
from webapp.platform.settings import Settings
from webapp.platform.storage import storage


@click.command()
@click.argument("email")
@click.option("--name", default="", help="How colleagues see them.")
def create_operator(email: str, name: str) -> None:
    """Make the person with this EMAIL address an operator; who is not known yet is asked for a password."""
    now = clock.now()
    with _app().app_context():
        user = db.session.exec(select(User).where(col(User.email) == email.strip().lower())).first()
        db.session.rollback()  # typing a password takes long
        if user is None:
            password = click.prompt(
                "Password, at least 10 characters", hide_input=True, confirmation_prompt=True
            )
            if len(password) < 10:
                raise click.ClickException("The password needs at least 10 characters.")
            user = create_person(db.session, now, email=email, password=password, name=name)
        make_operator(db.session, now, user)
        db.session.commit()
        click.echo(f"{user.email} is an operator.")


@click.command()
@click.argument("studio")
def export_studio(studio: str) -> None:
    """Print the feedback of STUDIO (its id, or its name) as JSON Lines."""
    with _app().app_context():
        reading.set(True)
        for record in export_records(db.session, _find(studio)):
            click.echo(json.dumps(record, ensure_ascii=False))


@click.command()
@click.argument("studio")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_studio(studio: str, yes: bool) -> None:
    """Delete STUDIO (its id, or its name) with all students, drawings, comments and feedback, for ever."""
    now = clock.now()
    with _app().app_context():
        found = _find(studio)
        db.session.rollback()
        if not yes:
            click.confirm(f"Delete {found.name} ({found.id}) and everything in it, for ever?", abort=True)
        if sells():  # first of all: nobody may be charged for a studio that is gone
            try:
                changing.end(transactions, gateway(), now, found.id, catalogue(), by="operator:delete-studio")
            except UnansweredError as error:
                raise click.ClickException(
                    "It is not known whether its subscription is ended; nothing is deleted. Try again."
                ) from error
            except (GatewayError, BusyError) as error:
                raise click.ClickException(
                    "Its subscription could not be ended; nothing is deleted."
                ) from error
        storage().delete(found.id)  # first: a photo must not outlive its studio's row
        db.session.delete(db.session.get_one(Studio, found.id))
        audit.note(db.session, now, "studio.deleted", target=found.id)
        db.session.commit()
        click.echo("Deleted. Backups made before still hold it; delete those too.")


def _app() -> Flask:
    return up_to_date(Settings())


def _find(studio: str) -> Studio:
    found = db.session.exec(select(Studio).where((Studio.id == studio) | (Studio.name == studio))).all()
    if len(found) != 1:
        known = "".join(f"\n  {row.id}  {row.name}" for row in db.session.exec(select(Studio)))
        raise click.ClickException(f"Which studio? There are:{known}" if known else "There is no studio yet.")
    return found[0]
