"""The real application behind a real server, and a real Chromium in front of it."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.conftest import make_settings, skip_unless
from tests.factories import PASSWORD
from tests.functional.room import Room
from tests.functional.site import Site
from webapp.app import create_app
from webapp.platform.db import db

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
)


PATIENCE = 20_000  # ms; a machine that also trains is slow


@pytest.fixture(scope="package")
def browser(site: Site) -> Iterator[Browser]:
    """One Chromium for this folder only.

    While playwright's event loop runs in this thread, no other test could leave an application context; nor
    could an application be made, so the site stands before.
    """
    skip_unless(Path(CHROMIUM).exists(), "there is no Chromium at /usr/bin/chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield found
        found.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    shutil.copy(migrated, home / "vermilion.db")
    app = create_app(make_settings(home))
    # One teacher signs in once a test, which is more often than a person may.
    for limiter in app.extensions["limiter"]:
        limiter.enabled = False
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


@pytest.fixture(scope="package")
def room(site: Site) -> Room:
    return Room(site, "en")


@pytest.fixture(scope="package")
def chinese(site: Site) -> Room:
    return Room(site, "zh")


@pytest.fixture
def desk(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the desk of a drawing as the room's teacher."""

    def open_desk(room: Room, drawing: str, page: Page | None = None, **options: Any) -> Page:
        if page is None:
            page = open_page(**options)
            page.goto("/sign-in")
            page.fill("input[name=email]", room.teacher.email)
            page.fill("input[name=password]", PASSWORD)
            page.locator("input[name=password]").press("Enter")
            page.wait_for_url("**/lessons**")
        page.goto(f"/desk/{drawing}")
        expect(page.locator("#drawing")).to_be_visible()
        return page

    return open_desk
