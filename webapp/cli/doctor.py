"""``vermilion doctor``: is everything there, and what to mend."""

import shutil
import smtplib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import pydantic
import sqlalchemy as sa

from webapp.platform.settings import Settings

ENOUGH_DISK = 3_000_000_000
"""Bytes: the two converted models, and room for some thousand photos."""


@dataclass(frozen=True)
class Finding:
    """What one check found. ``mend`` says what to do when it is not ``ok``."""

    what: str
    how: Literal["ok", "note", "broken"]
    says: str
    mend: str = ""


@click.command()
def doctor() -> None:
    """Check settings, database, broker, storage, models, mail, Stripe, fonts; exit 1 when one is broken."""
    try:
        settings = Settings()
    except pydantic.ValidationError as error:
        for problem in error.errors():
            where = "".join(f"VERMILION_{str(part).upper()}: " for part in problem["loc"])
            _show(Finding("settings", "broken", f"{where}{problem['msg']}", "See .env.example."))
        sys.exit(1)
    findings = []
    for check in CHECKS:
        for finding in check(settings):
            _show(finding)
            findings.append(finding)
    sys.exit(any(finding.how == "broken" for finding in findings))


def _show(finding: Finding) -> None:
    sign, colour = {"ok": ("✓", "green"), "note": ("·", "yellow"), "broken": ("✗", "red")}[finding.how]
    click.echo(f"{click.style(sign, fg=colour)} {finding.what:10} {finding.says}")
    if finding.mend:
        click.echo(f"             → {finding.mend}")


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding("settings", "ok", f"{settings.environment}, home {settings.home.resolve()}")
    if settings.environment == "production" and not settings.base_url.startswith("https://"):
        mend = "Set VERMILION_BASE_URL=https://…; without it there are no passkeys and no camera in the page."
        yield Finding("settings", "broken", f"production at {settings.base_url}", mend)


def _database(settings: Settings) -> Iterator[Finding]:
    from webapp.platform.db import open_engine
    from webapp.platform.migrate import is_current

    url = sa.make_url(settings.database)
    path = Path(str(url.database))
    if url.get_backend_name() == "sqlite" and not path.exists():
        yield Finding("database", "broken", f"{path} is not there", "Run: vermilion migrate")
        return
    engine = open_engine(settings)
    try:
        current = is_current(engine)
    except sa.exc.SQLAlchemyError as error:
        mend = "Is the server running, and VERMILION_DATABASE_URL right?"
        yield Finding("database", "broken", f"cannot be reached ({type(error).__name__})", mend)
    else:
        if current:
            yield Finding("database", "ok", url.get_backend_name())
        else:
            yield Finding("database", "broken", "lacks migrations", "Run: vermilion migrate")
    finally:
        engine.dispose()


def _broker(settings: Settings) -> Iterator[Finding]:
    from webapp.platform.queue import celery_app

    name = settings.broker_url.partition(":")[0] or "files"
    try:
        with celery_app(settings).connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=3)
        yield Finding("broker", "ok", name)
    except Exception as error:
        says = (
            f"{name} cannot be reached ({type(error).__name__}); workers look every second, so work goes on"
        )
        yield Finding("broker", "note", says, "Is it running, and VERMILION_BROKER_URL right?")


def _storage(settings: Settings) -> Iterator[Finding]:
    from webapp.platform.storage import Storage

    try:
        storage = Storage.open(settings.storage)
        storage.put("doctor/try", b"1")
        assert storage.get("doctor/try") == b"1"
        storage.delete("doctor")
        yield Finding("storage", "ok", settings.storage)
    except Exception as error:
        mend = "Check VERMILION_STORAGE_URL, and that Vermilion may write there."
        yield Finding("storage", "broken", f"{settings.storage}: {type(error).__name__}", mend)
    free = shutil.disk_usage(settings.home if settings.home.exists() else Path()).free
    says = f"{free / 1e9:.1f} GB free"
    if free < ENOUGH_DISK:
        yield Finding("disk", "broken", says, "Make room: models and photos need 3 GB and more.")
    else:
        yield Finding("disk", "ok", says)


def _models(settings: Settings) -> Iterator[Finding]:
    from drafting.bases import BaseError, find
    from drafting.bases.preparing import verify
    from webapp.chores import bases

    for name in bases(settings):
        try:
            base = find(name)
            folder = settings.home / "models" / f"{base.name}-{base.source_sha256[:8]}"
            if base.kind != "shipped":
                yield Finding("model", "ok", f"{base.title} ({base.kind})")
            elif not folder.exists():
                yield Finding(
                    "model", "note", f"{name} is not prepared yet", "`vermilion run` does it, once."
                )
            else:
                verify(folder)
                yield Finding("model", "ok", f"{name}, {base.licence}")
        except BaseError as error:
            yield Finding("model", "broken", str(error), "See VERMILION_BASE_EN and VERMILION_BASE_ZH.")


def _versions(settings: Settings) -> Iterator[Finding]:
    import sqlmodel

    from drafting.bases import BaseError
    from webapp.accounts.tables import Language
    from webapp.platform.db import open_engine
    from webapp.school.serving import choices, whole

    engine = open_engine(settings)
    for language in Language:
        try:
            with sqlmodel.Session(engine) as session:
                choice, wrong = whole(choices(session, language, settings))
        except (sa.exc.SQLAlchemyError, BaseError):
            continue  # the database's and the models' checks say what is wrong
        says = f"{language.value}: {choice.version or 'the untrained base'} on {choice.base.title}"
        if wrong:
            mend = f"Copy its folder back from a backup, or run: vermilion put-back {language.value}"
            yield Finding("version", "broken", f"{says}, in the place of another: {wrong[0]}", mend)
        else:
            yield Finding("version", "ok", says)
    engine.dispose()


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.mail_server:
        how: Literal["note", "broken"] = "broken" if settings.environment == "production" else "note"
        mend = "Set VERMILION_MAIL_SERVER; until then letters are files under the home's mail folder."
        yield Finding("mail", how, "no mail server", mend)
        return
    try:
        kind = smtplib.SMTP_SSL if settings.mail_port == 465 else smtplib.SMTP
        with kind(settings.mail_server, settings.mail_port, timeout=5) as server:
            server.noop()
        yield Finding("mail", "ok", f"{settings.mail_server}:{settings.mail_port}")
    except OSError as error:
        mend = "Check VERMILION_MAIL_SERVER and VERMILION_MAIL_PORT."
        yield Finding("mail", "broken", f"{settings.mail_server} does not answer ({error})", mend)


def _stripe(settings: Settings) -> Iterator[Finding]:
    from billing.gateway import Gateway, GatewayError
    from billing.plans import catalogue

    if not settings.stripe_key:
        yield Finding("stripe", "note", "no key: nothing is sold, and nobody is limited")
        return
    if not settings.stripe_webhook_secret:
        mend = "Set VERMILION_STRIPE_WEBHOOK_SECRET to the secret of the endpoint …/webhooks/stripe."
        yield Finding("stripe", "broken", "no webhook can be trusted", mend)
    gateway = Gateway(settings.stripe_key, base=settings.stripe_address)
    keys = [item.key for item in catalogue().items()]
    try:
        missing = len(keys) - len(gateway.prices(keys))
    except GatewayError as error:
        mend = "Check VERMILION_STRIPE_KEY and VERMILION_STRIPE_ADDRESS."
        yield Finding("stripe", "broken", f"refuses or is away ({error.code})", mend)
        return
    if missing:
        yield Finding("stripe", "broken", f"{missing} prices are missing", "Run: vermilion sync-plans")
    else:
        yield Finding("stripe", "ok", f"{len(keys)} prices, {'live' if gateway.live else 'test'} mode")


def _fonts(_settings: Settings) -> Iterator[Finding]:
    from webapp.lessons.export_fonts import FontMissingError, serif

    try:
        yield Finding("font", "ok", str(serif()))
    except FontMissingError as error:
        yield Finding("font", "broken", "PDF files and image cards cannot be made", str(error))


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _settings,
    _database,
    _broker,
    _storage,
    _models,
    _versions,
    _mail,
    _stripe,
    _fonts,
)
