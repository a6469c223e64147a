"""Making the models ready before the first start, with a bar on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from flask import Flask
from tqdm import tqdm

from webapp.platform import clock
from webapp.platform.settings import Settings

EVERY = 5
"""The table is looked at once in so many calls of the supervisor."""


def prepare_models(settings: Settings) -> None:
    """Convert the bases here and now; at once when that was done before."""
    from drafting.bases import find, prepare
    from webapp.chores import bases

    for name in bases(settings):
        if find(name).kind == "server":
            continue
        with Bars() as bars:

            def tell(done: int, total: int, _what: str, name: str = name, bars: Bars = bars) -> None:
                bars.show(name, done, total)

            prepare(find(name), settings.home, tell)


def fill_demo(settings: Settings) -> Callable[[], None] | None:
    """Make the demo, and leave the models to the worker so that the pages are up at once.

    Returns what the supervisor may call to show how far the models are, None when they are ready.
    """
    from webapp.app import create_app
    from webapp.chores import ask_for_models
    from webapp.demo import fill
    from webapp.platform.db import db

    app = create_app(settings)
    with app.app_context():
        fill(db.session, clock.now(), settings)
        wanted = ask_for_models(db.session, settings)
        db.session.commit()
    if not wanted:
        return None
    steps = _watch(app)

    def look() -> None:
        with suppress(StopIteration):
            next(steps)

    return look


def _watch(app: Flask) -> Iterator[None]:
    """Asked often, shows the worker's progress until there is nothing left to show."""
    from webapp.platform import jobs
    from webapp.platform.db import db, reading

    reading.set(True)
    with Bars() as bars:
        while True:
            with app.app_context():
                rows = jobs.unfinished(db.session, jobs.SCHOOL, "prepare")
            if not rows:
                return
            for job in rows:
                bars.show(job.bundle, job.done, job.total)
            for _ in range(EVERY):
                yield


class Bars:
    """A bar for each model, on standard error, from its first step on."""

    def __init__(self) -> None:
        self._bars: dict[str, tqdm[Any]] = {}

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, *_error: object) -> None:
        for bar in self._bars.values():
            bar.n = bar.total
            bar.close()

    def show(self, model: str, done: int, total: int) -> None:
        """Move the bar of this model."""
        if (bar := self._bars.get(model)) is None:
            title = f"Preparing the model {model}"
            bar = self._bars[model] = tqdm(total=total, desc=title, position=len(self._bars), unit="step")
        bar.total, bar.n = total, done
        bar.refresh()
