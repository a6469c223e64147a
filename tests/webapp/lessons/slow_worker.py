"""A worker process whose slow writer needs no weights, for a test to kill. Its one argument is the home."""

import sys
import time
from pathlib import Path

from drafting.write.request import Writer, Written
from tests.conftest import make_settings
from webapp.app import create_app
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.lessons import writing
from webapp.lessons.writers import Open
from webapp.platform import jobs, worker


class SlowWriter(Writer):
    """Half a second a batch; every sentence is new."""

    model, prompt, chat, needs_leading = "slow", "", True, False

    def write(self, requests, n, *, longest=90, style=None):
        time.sleep(0.5)
        return [
            [
                Written(f"{{student}}, the orange number {r.seed % 9973} and {i} glows on the sheet.")
                for i in range(n)
            ]
            for r in requests
        ]


if __name__ == "__main__":
    worker.HEARTBEAT_SECONDS = 1
    jobs.LEASE /= 4  # so that the test need not wait for half a minute
    writing.writer_for = lambda language, settings: Open(SlowWriter(), sees=False)
    worker.Worker(create_app(make_settings(Path(sys.argv[1]))), jobs.DRAFTING, HANDLERS, GIVEN_UP).run()
