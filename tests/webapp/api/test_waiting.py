"""A slow upload holds up nobody: neither its arrival nor its decoding holds a transaction."""

import io
import sqlite3
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from tests.factories import LessonFactory
from tests.webapp.api.conftest import Caller, photo
from webapp.lessons import work
from webapp.platform.settings import Settings


@pytest.fixture
def write(settings: Settings) -> Callable[[], None]:
    """Take the database's write lock for a moment, or fail at once when someone holds it."""

    def take_the_lock() -> None:
        connection = sqlite3.connect(settings.home / "vermilion.db", timeout=0, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        connection.close()

    return take_the_lock


def test_while_photos_are_decoded(
    api: Caller, write: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded, take_in = [], work.take_in

    def decoding(data: bytes) -> object:
        write()
        decoded.append(len(data))
        return take_in(data)

    monkeypatch.setattr(work, "take_in", decoding)
    lesson = LessonFactory(studio=api.studio)
    assert api.send(lesson.id, *[(f"{i}.jpg", photo(i)) for i in range(3)]).status_code == 202
    assert len(decoded) == 3


def test_while_photos_arrive(app: Flask, api: Caller, write: Callable[[], None]) -> None:
    lesson = LessonFactory(studio=api.studio)

    class Arriving(io.BytesIO):
        """A body that comes over a slow line."""

        def read(self, size: int | None = -1) -> bytes:
            write()
            return super().read(size)

        def readinto(self, buffer: object) -> int:
            write()
            return super().readinto(buffer)  # type: ignore[arg-type]

    builder = EnvironBuilder(
        path=f"/api/v1/lessons/{lesson.id}/drawings",
        method="POST",
        data={"photos": (io.BytesIO(photo()), "a.jpg")},
        headers={"Authorization": f"Bearer {api.token}"},
    )
    environ = builder.get_environ()
    body = Arriving(environ["wsgi.input"].read())
    environ["wsgi.input"] = body
    api.client.session.commit()
    with app.request_context(environ):
        assert app.full_dispatch_request().status_code == 202
    assert body.tell() > 0
