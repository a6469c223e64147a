"""A backup that was restored is the same house again; a bad one is refused before anything is touched."""

import tarfile
from pathlib import Path

import pytest
from sqlmodel import Session, select

from tests.conftest import make_settings
from tests.factories import NOW, DrawingFactory, StudentFactory
from webapp.app import create_app
from webapp.lessons.tables import Student
from webapp.platform.archive import ArchiveError, back_up, put_back
from webapp.platform.db import db
from webapp.platform.settings import Settings
from webapp.platform.storage import Storage, photo_key


def _quiet(_name: str) -> None:
    return None


@pytest.fixture
def archive(settings: Settings, session: Session, tmp_path: Path) -> Path:
    """A backup of a home with a student, a photo, a secret, and an adapter beside half-made ones."""
    StudentFactory(name="王小雨")
    drawing = DrawingFactory()
    Storage.open(settings.storage).put(photo_key(drawing.studio_id, drawing.id, "photo.jpg"), b"a photo")
    (settings.home / "secrets").mkdir(exist_ok=True)
    (settings.home / "secrets" / "totp_key").write_text("secret")
    for folder in ("night", "next.work", ".next-x7"):
        (settings.home / "models" / "adapters" / folder).mkdir(parents=True)
        (settings.home / "models" / "adapters" / folder / "meta.json").write_text("{}")
    target = tmp_path / "backup.tar.gz"
    assert back_up(settings, NOW, target, _quiet) == 4
    return target


def test_there_and_back(archive: Path, settings: Settings, tmp_path: Path) -> None:
    home = make_settings(tmp_path / "new")
    assert put_back(home, archive, force=False, tell=_quiet) == 4
    with create_app(home).app_context():
        assert db.session.exec(select(Student.name)).all() == ["王小雨"]
        db.engine.dispose()
    before, after = (Storage.open(some.storage) for some in (settings, home))
    assert list(after.all_keys()) == list(before.all_keys()) != []
    assert [after.get(key) for key in after.all_keys()] == [b"a photo"]
    assert (home.home / "secrets" / "totp_key").read_text() == "secret"
    assert [path.name for path in (home.home / "models" / "adapters").iterdir()] == ["night"]


def test_a_backup_is_for_its_owner_alone(archive: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0


def test_what_is_there_is_not_overwritten_unless_forced(
    archive: Path, settings: Settings, session: Session
) -> None:
    StudentFactory(name="after the backup")
    session.rollback()
    with pytest.raises(ArchiveError, match="--force"):
        put_back(settings, archive, force=False, tell=_quiet)
    db.engine.dispose()
    put_back(settings, archive, force=True, tell=_quiet)
    assert "after the backup" not in session.exec(select(Student.name)).all()


def test_a_damaged_backup_changes_nothing(archive: Path, settings: Settings, tmp_path: Path) -> None:
    bad = tmp_path / "bad.tar.gz"
    with tarfile.open(archive) as good, tarfile.open(bad, "w:gz") as other:
        for member in good:
            data = good.extractfile(member)
            assert data is not None
            if member.name.endswith("photo.jpg"):
                member.name = member.name.replace("photo.jpg", "other.jpg")
            other.addfile(member, data)
    home = make_settings(tmp_path / "new")
    with pytest.raises(ArchiveError, match="damaged"):
        put_back(home, bad, force=False, tell=_quiet)
    assert not (home.home / "vermilion.db").exists()
    truncated = tmp_path / "half.tar.gz"
    truncated.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(ArchiveError, match="not a whole backup"):
        put_back(home, truncated, force=False, tell=_quiet)


def test_postgresql_there_and_back(postgres_settings: Settings, tmp_path: Path) -> None:
    with create_app(postgres_settings).app_context():
        StudentFactory(name="王小雨")
        db.session.rollback()
        target = tmp_path / "backup.tar.gz"
        back_up(postgres_settings, NOW, target, _quiet)
        db.session.delete(db.session.exec(select(Student)).one())
        db.session.commit()
        db.session.close()
        db.engine.dispose()
        put_back(postgres_settings, target, force=True, tell=_quiet)
        assert db.session.exec(select(Student.name)).all() == ["王小雨"]
        db.session.close()
        db.engine.dispose()


def test_work_goes_on_meanwhile(settings: Settings, session: Session, tmp_path: Path) -> None:
    StudentFactory()
    session.exec(select(Student)).all()  # this transaction is open
    back_up(settings, NOW, tmp_path / "backup.tar.gz", _quiet)
    session.rollback()
