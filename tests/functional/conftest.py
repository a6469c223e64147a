"""The real application behind a real server, and a real Chromium in front of it."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlmodel import Session
from werkzeug.serving import make_server

from tests.conftest import make_settings, skip_unless
from webapp.app import create_app
from webapp.platform.db import db

Result = TypeVar("Result")

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
)


PATIENCE = 20_000  # ms; a machine that also trains is slow


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for this folder only.

    While playwright's event loop runs in this thread, no other test could leave an application context.
    """
    skip_unless(Path(CHROMIUM).exists(), "there is no Chromium at /usr/bin/chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield found
        found.close()


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


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    shutil.copy(migrated, home / "vermilion.db")
    app = create_app(make_settings(home))
    app.config["RATELIMIT_ENABLED"] = False
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(app, f"http://localhost:{server.port}")
    server.shutdown()
    thread.join()
    server.server_close()
    Site(app, "").do(lambda _session: db.engine.dispose())


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a context of its own; an error in any of their scripts fails the test."""
    contexts = []
    errors: list[str] = []

    def open_(**options: Any) -> Page:
        context = browser.new_context(base_url=site.url, **{"locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []
