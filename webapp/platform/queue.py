"""Wake-ups. A message only says "look at the job table"; a lost one costs a second: workers look anyway."""

import threading
from collections.abc import Callable
from queue import Empty
from typing import Any

import structlog
from kombu import Connection, Queue, pools

from webapp.platform.settings import Settings

log = structlog.get_logger()


def connection(settings: Settings) -> Connection:
    """The broker of the settings, or messages as files under ``home``. Opens nothing yet."""
    if settings.broker_url:
        return Connection(settings.broker_url, connect_timeout=3)
    folder = settings.home.resolve() / "queue"
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }
    return Connection("filesystem://", transport_options=options)


def wake(settings: Settings, queue: str) -> None:
    """Ring the workers of this queue. Never fails: an unreachable broker is logged."""
    try:
        with pools.producers[connection(settings)].acquire(block=True, timeout=3) as producer:
            bell = _bell(queue)
            producer.publish("", routing_key=bell.name, declare=[bell], retry=False)
    except Exception as error:
        log.warning("wake_failed", queue=queue, error=type(error).__name__)


def listen(settings: Settings, queue: str, ring: Callable[[], None], stopping: threading.Event) -> None:
    """Call ``ring`` for every wake-up until told to stop. A broken broker is tried again every 5 seconds."""
    while not stopping.is_set():
        try:
            with connection(settings) as broker, broker.SimpleQueue(_bell(queue), no_ack=True) as messages:
                while not stopping.is_set():
                    try:
                        messages.get(timeout=1)
                    except Empty:
                        continue
                    ring()
        except Exception as error:
            log.warning("broker_unreachable", queue=queue, error=type(error).__name__)
            stopping.wait(5)


def _bell(queue: str) -> Queue:
    return Queue(f"vermilion.{queue}", routing_key=f"vermilion.{queue}")
