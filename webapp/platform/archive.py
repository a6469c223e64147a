"""A backup: the database, the files, what the models learned and the secrets in one ``.tar.gz``, with a
manifest of their hashes.

The database is copied first and in one moment. Files are only ever added, or deleted for good, so a copy of
them taken afterwards has every file that the copied rows name, save what was erased in between.
"""

import io
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from webapp.platform.settings import Settings
from webapp.platform.storage import Storage

MANIFEST = "manifest.json"
FORMAT = 1
Progress = Callable[[str], None]


class ArchiveError(Exception):
    """The backup cannot be written or put back; the message says why, and what to do."""


def back_up(settings: Settings, now: datetime, target: Path, tell: Progress) -> int:
    """Write ``target``; how many files are in it. Others may go on working meanwhile."""
    known: dict[str, str] = {}
    partial = target.with_name(f".{target.name}.partial")
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        database = _dump(settings, Path(scratch))
        with tarfile.open(partial, "w:gz", compresslevel=1) as archive:
            for name, data in _members(settings, database):
                tell(name)
                known[name] = sha256(data).hexdigest()
                _add(archive, name, data, now)
            manifest = {
                "format": FORMAT,
                "made_at": now.isoformat(),
                "version": version("vermilion"),
                "database": database.name,
                "files": known,
            }
            _add(archive, MANIFEST, json.dumps(manifest, indent=1).encode(), now)
    partial.chmod(0o600)  # it holds the secrets
    partial.replace(target)
    return len(known)


def put_back(settings: Settings, source: Path, *, force: bool, tell: Progress) -> int:
    """Restore ``source`` into the home of the settings; how many files it was.

    Everything is unpacked and compared with the manifest before anything is touched. Without ``force`` the
    home must hold nothing yet.
    """
    with tempfile.TemporaryDirectory(dir=_parent(settings.home)) as scratch:
        unpacked = Path(scratch)
        manifest = _unpack(source, unpacked)
        if not force:
            _refuse_what_is_there(settings)
        _load(settings, unpacked / manifest["database"])
        storage = Storage.open(settings.storage)
        storage.delete_all()
        for name in manifest["files"]:
            place, _, rest = name.partition("/")
            data = (unpacked / name).read_bytes()
            tell(name)
            if place == "files":
                storage.put(rest, data)
            elif place == "home":
                path = settings.home / rest
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(mode=0o600)
                path.write_bytes(data)
    return len(manifest["files"])


def _members(settings: Settings, database: Path) -> Iterator[tuple[str, bytes]]:
    yield database.name, database.read_bytes()
    for path in sorted((settings.home / "secrets").glob("*")):
        yield f"home/secrets/{path.name}", path.read_bytes()
    if (demo := settings.home / "demo.json").exists():
        yield "home/demo.json", demo.read_bytes()
    for path in sorted((settings.home / "models" / "adapters").glob("*/*")):
        if "." not in path.parent.name:  # else it is still being made
            yield f"home/models/adapters/{path.parent.name}/{path.name}", path.read_bytes()
    storage = Storage.open(settings.storage)
    for key in storage.all_keys():
        try:
            yield f"files/{key}", storage.get(key)
        except FileNotFoundError:  # erased a moment ago
            continue


def _add(archive: tarfile.TarFile, name: str, data: bytes, now: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(data), int(now.timestamp()), 0o600
    archive.addfile(member, io.BytesIO(data))


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise ArchiveError(
            f"{source} is not a whole backup of Vermilion ({type(error).__name__})."
        ) from error
    if manifest.get("format") != FORMAT:
        raise ArchiveError(f"{source} was made by another version; restore it with that one.")
    for name, known in manifest["files"].items():
        path = folder / name
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != known:
            raise ArchiveError(f"{source} is damaged: {name} is not what was saved. Use another backup.")
    return manifest  # type: ignore[no-any-return]


def _refuse_what_is_there(settings: Settings) -> None:
    engine = sa.create_engine(settings.database)
    try:
        if sa.make_url(settings.database).get_backend_name() == "sqlite":
            path = engine.url.database
            used = bool(path) and Path(str(path)).exists()
        else:
            used = bool(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()
    if used or any(Storage.open(settings.storage).all_keys()):
        raise ArchiveError(
            f"{settings.home} is not empty. Restore into an empty one (VERMILION_HOME=…),"
            " or add --force to replace everything in it."
        )


def _dump(settings: Settings, folder: Path) -> Path:
    url = sa.make_url(settings.database)
    if url.get_backend_name() == "sqlite":
        target = folder / "database.sqlite"
        with closing(sqlite3.connect(str(url.database))) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
        return target
    target = folder / "database.pg_dump"
    _postgres("pg_dump", settings, "--format=custom", f"--file={target}")
    return target


def _load(settings: Settings, dump: Path) -> None:
    url = sa.make_url(settings.database)
    kind = url.get_backend_name()
    if (kind == "sqlite") != (dump.suffix == ".sqlite"):
        raise ArchiveError(f"The backup is not of a {kind} database. Set VERMILION_DATABASE_URL to its kind.")
    if kind == "sqlite":
        target = Path(str(url.database))
        target.parent.mkdir(parents=True, exist_ok=True)
        for beside in ("-wal", "-shm"):
            target.with_name(target.name + beside).unlink(missing_ok=True)
        shutil.copyfile(dump, target)
    else:
        _postgres("pg_restore", settings, "--clean", "--if-exists", "--no-owner", "--dbname", "", str(dump))


def _postgres(program: str, settings: Settings, *arguments: str) -> None:
    """Run a program of PostgreSQL's on the database of the settings."""
    if shutil.which(program) is None:
        raise ArchiveError(f"{program} is not installed; on Debian and Ubuntu: apt install postgresql-client")
    url = sa.make_url(settings.database).set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    words = [address if word == "" else word for word in arguments]
    if program == "pg_dump":
        words.append(f"--dbname={address}")
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ArchiveError(f"{program} failed: {done.stderr.strip().splitlines()[-1]}")


def _parent(home: Path) -> Path:
    """Beside the home, so that moving files there needs no second disk."""
    home.mkdir(parents=True, exist_ok=True)
    return home.parent
