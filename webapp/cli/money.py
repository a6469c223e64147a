"""Commands about Stripe."""

import click
from flask import Flask

from billing import reconcile as reconciling
from billing import sync
from billing.gateway import GatewayError
from billing.plans import catalogue
from webapp.cli.serving import up_to_date
from webapp.money.edge import gateway, transactions
from webapp.platform import clock
from webapp.platform.settings import Settings

DIFFERENCES_LEFT = 5
"""Exit status: there is something to decide."""


@click.command()
def sync_plans() -> None:
    """Make Stripe sell what the catalogue says. Run again, it changes nothing."""
    with _app().app_context():
        try:
            changes = sync.sync_plans(gateway(), catalogue())
        except GatewayError as error:
            raise click.ClickException(f"Stripe refused or is away: {error.code}") from error
    for line in changes:
        click.echo(line)
    click.echo(f"{len(changes)} changes." if changes else "Nothing to change.")


@click.command()
@click.pass_context
def reconcile(ctx: click.Context) -> None:
    """Compare with Stripe, mend what is safe and list the rest; exit status 5 when something is left."""
    with _app().app_context():
        try:
            report = reconciling.reconcile(transactions, gateway(), clock.now(), catalogue())
        except GatewayError as error:
            raise click.ClickException(f"Stripe refused or is away: {error.code}") from error
    for title, findings in (("mended", report.mended), ("left", report.left)):
        for found in findings:
            words = (title, found.kind, found.studio_id or "-", found.object_id, found.detail)
            click.echo(" ".join(words).rstrip())
    click.echo(f"{len(report.mended)} mended, {len(report.left)} left for you.")
    if report.left:
        ctx.exit(DIFFERENCES_LEFT)


def _app() -> Flask:
    settings = Settings()
    if not settings.stripe_key:
        raise click.ClickException("VERMILION_STRIPE_KEY is not set, so nothing is sold here.")
    return up_to_date(settings)
