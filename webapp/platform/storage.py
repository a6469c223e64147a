"""Files by key on any fsspec file system. A key begins with the studio's id: a studio can be erased whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fsspec
from flask import current_app


@dataclass(frozen=True)
class Storage:
    """A folder of files. Keys are relative paths with ``/``."""

    system: Any
    root: str

    @classmethod
    def open(cls, url: str) -> "Storage":
        """``url`` is any fsspec URL, e.g. ``file:///srv/vermilion`` or ``s3://bucket/folder``."""
        system, root = fsspec.core.url_to_fs(url)
        return cls(system, root.rstrip("/"))

    def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        self.system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        self.system.pipe_file(path, data)

    def get(self, key: str) -> bytes:
        """FileNotFoundError when there is no such file."""
        return self.system.cat_file(self._path(key))  # type: ignore[no-any-return]

    def exists(self, key: str) -> bool:
        return bool(self.system.exists(self._path(key)))

    def delete(self, prefix: str) -> None:
        """Delete the file, or everything under the folder, of this key. Nothing there is no error."""
        path = self._path(prefix)
        if self.system.exists(path):
            self.system.rm(path, recursive=True)

    def all_keys(self) -> Iterator[str]:
        """Every file's key."""
        for path in sorted(self.system.find(self.root)) if self.system.exists(self.root) else []:
            yield path[len(self.root) + 1 :]

    def delete_all(self) -> None:
        """Delete every file."""
        if self.system.exists(self.root):
            self.system.rm(self.root, recursive=True)

    def _path(self, key: str) -> str:
        if ".." in key.split("/") or key.startswith("/"):
            raise ValueError(f"not a storage key: {key!r}")
        return f"{self.root}/{key}"


def storage() -> Storage:
    """The application's storage."""
    return current_app.extensions["storage"]  # type: ignore[no-any-return]


def photo_key(studio_id: str, drawing_id: str, name: str) -> str:
    """Where an image of a drawing lies; ``name`` is ``photo``, ``drawing.webp``, ``overlay.webp``…"""
    return f"{studio_id}/drawings/{drawing_id}/{name}"
