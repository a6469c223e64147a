"""A worker process of the school queue that learns slowly, for a test to kill. Its arguments: home, steps."""

import sys
from functools import partial
from pathlib import Path

from tests.conftest import make_settings
from tests.webapp.school.learning import Learning
from webapp.app import create_app
from webapp.platform import jobs, worker
from webapp.school import nights

if __name__ == "__main__":
    home, steps = map(Path, sys.argv[1:])
    worker.HEARTBEAT_SECONDS = 0.2
    jobs.LEASE /= 30  # one second: shorter than the night, so that it must be renewed

    def note(step: int) -> None:
        with steps.open("a", encoding="utf-8") as file:
            file.write(f"{step}\n")

    handlers = {"night": partial(nights.night, learn=Learning(seconds=0.3, on_step=note))}
    worker.Worker(
        create_app(make_settings(home)), jobs.SCHOOL, handlers, {"night": nights.night_failed}
    ).run()
