"""A studio with a key, and a program that calls with it."""

import io
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Client
from tests.factories import NOW, MembershipFactory, StudioFactory
from webapp.accounts.keys import make_key
from webapp.accounts.tables import ApiKey, Membership, Studio
from webapp.platform.db import db


@dataclass
class Caller:
    """A program of one studio."""

    client: Client
    studio: Studio
    member: Membership
    key: ApiKey
    token: str

    def open(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.open("GET", path, **more)

    def post(self, path: str, **more: Any) -> Any:
        return self.open("POST", path, **more)

    def put(self, path: str, **more: Any) -> Any:
        return self.open("PUT", path, **more)

    def patch(self, path: str, **more: Any) -> Any:
        return self.open("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> Any:
        return self.open("DELETE", path, **more)

    def send(self, lesson_id: str, *photos: tuple[str, bytes], key: str | None = None, **fields: Any) -> Any:
        """Upload photos, given as name and bytes."""
        data = {"photos": [(io.BytesIO(content), name) for name, content in photos], **fields}
        headers = {"Idempotency-Key": key} if key else {}
        return self.post(f"/lessons/{lesson_id}/drawings", data=data, headers=headers)


def make_caller(client: Client) -> Caller:
    """A new studio with a member and a key."""
    studio = StudioFactory()
    member = MembershipFactory(studio=studio)
    key, token = make_key(db.session, NOW, member, "Gallery screen")
    return Caller(client, studio, member, key, token)


@pytest.fixture
def api(client: Client) -> Caller:
    return make_caller(client)


@pytest.fixture
def other(client: Client) -> Caller:
    """Another studio's program."""
    return make_caller(client)


def photo(number: int = 0) -> bytes:
    """A small JPEG unlike those of other numbers."""
    image = Image.new("RGB", (96, 80), (number * 37 % 256, number * 91 % 256, number % 256))
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()
