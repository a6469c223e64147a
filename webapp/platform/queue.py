"""Messages between our processes, by Celery. They only say "look at the job table" or "a minute has passed":
none holds work, so a lost one costs a second at most.
"""

import threading
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from shutil import rmtree
from typing import Any

import structlog
from celery import Celery
from flask import Flask

from webapp.platform.jobs import MONEY
from webapp.platform.settings import Settings

log = structlog.get_logger()

WAKE = "vermilion.wake"
TICK = "vermilion.tick"
BEAT_SECONDS = 60.0
PATIENCE_SECONDS = 3
"""How long a request waits at most for a broker that does not answer."""
AGAIN_SECONDS = 5.0


@lru_cache(maxsize=1)
def celery_app(settings: Settings) -> Celery:
    """Celery on the broker of the settings, or on messages as files under ``home``. Opens nothing yet."""
    app = Celery(
        "vermilion",
        broker=settings.broker_url or "filesystem://localhost",
        include=["webapp.tasks"],  # imported by name, and only in a worker
        set_as_current=False,
    )
    app.conf.update(
        accept_content=["json"],
        broker_transport=None if settings.broker_url else "webapp.platform.messages:Transport",
        task_ignore_result=True,
        result_expires=None,
        broker_transport_options=_transport_options(settings),
        broker_connection_timeout=PATIENCE_SECONDS,
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        beat_schedule={
            "tick": {
                "task": TICK,
                "schedule": BEAT_SECONDS,
                "last_run_at": datetime.fromtimestamp(0, UTC),  # so that the first comes at once
                "options": {"queue": _name(MONEY), "expires": BEAT_SECONDS},
            }
        },
    )
    return app


def wake(settings: Settings, queue: str) -> None:
    """Ring the workers of this queue. Never fails: an unreachable broker is logged."""
    _send(settings, WAKE, queue)


def tick(settings: Settings) -> None:
    """Have asked at once what is due, as beat has it asked every minute. Never fails either."""
    _send(settings, TICK, MONEY)


def _send(settings: Settings, task: str, queue: str) -> None:
    try:
        celery_app(settings).send_task(task, queue=_name(queue), retry=False)
    except Exception as error:
        log.warning("wake_failed", queue=queue, error=type(error).__name__)


def listen(app: Flask, queue: str, stopping: threading.Event) -> None:
    """Run the tasks of one queue in this thread until told to stop.

    Celery itself reconnects to a broker that went away. What it dies of costs five seconds of wake-ups and
    never the process.
    """
    settings: Settings = app.config["SETTINGS"]
    celery = celery_app(settings)
    celery.set_current()  # of this thread: without, Celery would run our tasks as another app's
    with app.app_context():
        while not stopping.is_set():
            # What a crash left half written here would stop Celery for ever; it writes its own at each start.
            rmtree(_folder(settings) / "control", ignore_errors=True)
            try:
                _consume(celery, queue)
            except Exception:
                log.exception("listening_failed", queue=queue)
            stopping.wait(AGAIN_SECONDS)


def _consume(celery: Celery, queue: str) -> None:
    from celery.worker import WorkController  # slow to import, and of no use to the pages

    WorkController(
        app=celery,
        queues=[_name(queue)],
        pool_cls="solo",
        concurrency=1,
        use_eventloop=False,  # its event loop is one for the whole process
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    ).start()


def _name(queue: str) -> str:
    return f"vermilion.{queue}"


def _transport_options(settings: Settings) -> dict[str, Any]:
    once: dict[str, Any] = {"max_retries": 0}  # of connecting, in the middle of a request
    if settings.broker_url.startswith("redis"):
        return {**once, "socket_connect_timeout": PATIENCE_SECONDS, "socket_timeout": PATIENCE_SECONDS}
    if settings.broker_url:
        return once
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    return {
        **once,
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }


def _folder(settings: Settings) -> Path:
    """Where messages are files, when no broker is set."""
    return settings.home.resolve() / "queue"
