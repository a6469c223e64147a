"""A running site, seen from the inside."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import Flask
from sqlmodel import Session

from webapp.platform.db import db

Result = TypeVar("Result")


class Site:
    """A running site: ``url``, and its database from the inside."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app, self.url = app, url

    def do(self, work: Callable[[Session], Result]) -> Result:
        """Look into the database, or change it, while the browser waits; what was changed is committed.

        In a thread of its own, because Playwright keeps an event loop in the test's.
        """
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self._work, work).result()

    def _work(self, work: Callable[[Session], Result]) -> Result:
        with self.app.app_context():
            result = work(db.session)
            db.session.commit()
            return result
