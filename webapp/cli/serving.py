"""Commands that serve the product, part by part."""

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from webapp.platform import jobs
from webapp.platform.settings import Settings

if TYPE_CHECKING:
    from flask import Flask


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, envvar="PORT", show_envvar=True)
@click.option("--reload", is_flag=True, help="Start again when a file changes; for developing only.")
def web(host: str, port: int, reload: bool) -> None:
    """Serve the pages."""
    os.execv(sys.executable, [*web_command(host, port), *(["--reload"] if reload else [])])  # noqa: S606


def web_command(host: str, port: int) -> list[str]:
    """Gunicorn with one process of several threads, so that limits are counted in one place."""
    shared_memory = ["--worker-tmp-dir", "/dev/shm"] if os.path.isdir("/dev/shm") else []  # noqa: S108
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "worker-class": "gthread",
        "workers": "1",
        "threads": "8",
        "timeout": "120",
        "graceful-timeout": "8",
        "log-level": "warning",
    }
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [sys.executable, "-m", "gunicorn", *flags, *shared_memory, "webapp.wsgi:application()"]


@click.command()
@click.option("--queue", type=click.Choice(jobs.QUEUES), default=jobs.DRAFTING, show_default=True)
def worker(queue: str) -> None:
    """Do the jobs of one queue: measuring and drafting, what can wait, or what concerns money."""
    if queue == jobs.SCHOOL:  # first of all: every thread keeps the priority that it was born with
        os.setpriority(os.PRIO_PROCESS, 0, 19)
    from webapp.app import create_app
    from webapp.handlers import GIVEN_UP, HANDLERS
    from webapp.platform.logs import set_up_logs
    from webapp.platform.worker import Worker

    set_up_logs()
    Worker(create_app(Settings()), queue, HANDLERS, GIVEN_UP).run()


@click.command()
def beat() -> None:
    """Tick every minute; the worker of the money queue then asks what is due."""
    from celery.beat import Scheduler, Service

    from webapp.platform.logs import set_up_logs
    from webapp.platform.queue import celery_app

    set_up_logs()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit())
    # The schedule is in memory: what was done is in the job table, so a file could only ever be corrupt.
    Service(celery_app(Settings()), scheduler_cls=Scheduler).start()


@click.command()
@click.option("--port", default=12111, show_default=True, help="0 takes a free one.")
def sandbox(port: int) -> None:
    """Serve a payment service in Stripe's shape on this machine; its state lies in VERMILION_HOME."""
    from billing.sandbox.server import serve

    serve(Settings().home, port)


@click.command()
def migrate() -> None:
    """Bring the database up to date."""
    migrate_database(Settings())


def up_to_date(settings: Settings) -> "Flask":
    """The application for a command, which may be the first that a home sees: a new database is made. One of
    another version is left alone, since a server may be using it."""
    from webapp.app import create_app
    from webapp.platform.db import open_engine
    from webapp.platform.migrate import is_current, is_new

    settings.home.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings)
    new, current = is_new(engine), is_current(engine)
    engine.dispose()
    if new:
        migrate_database(settings)
    elif not current:
        raise click.ClickException(
            "The database is of another version than this program. Stop the server, then: vermilion migrate"
        )
    return create_app(settings)


def migrate_database(settings: Settings) -> None:
    """Apply the migrations that the database lacks."""
    from webapp.platform.db import open_engine
    from webapp.platform.migrate import migrate as apply

    settings.home.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings)
    apply(engine)
    engine.dispose()
