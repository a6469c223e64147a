"""Messages as files, where no broker is set: Celery's own transport, which loses what it reads half written,
and dies of it. Here nobody sees half a message, and one that cannot be read is passed over; a message is a
wake-up only, so the next one, or a second's waiting, makes up for it.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Any

import structlog
from kombu.transport import filesystem
from kombu.utils.json import dumps

log = structlog.get_logger()


class Channel(filesystem.Channel):
    """Puts messages into a folder, and takes them out."""

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:
        """Write a message aside, and have it appear when it is whole."""
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        whole = Path(self.data_folder_out) / name
        new = whole.with_suffix(".new")
        new.write_text(dumps(payload))
        os.replace(new, whole)

    def _get(self, queue: str) -> Any:
        """The next message that can be read. Raises ``queue.Empty``."""
        while True:
            try:
                return super()._get(queue)
            except ValueError:  # it is taken out of the folder by now
                log.warning("message_unreadable", queue=queue)


class Transport(filesystem.Transport):
    """Celery is given this by its name."""

    Channel = Channel
