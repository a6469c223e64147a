"""What every test may use. The database of a test is a copy of one that the real migrations made."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

if "PYTEST_XDIST_WORKER" in os.environ:
    # Two models side by side, each on all processors, wait for one another; torch asks only once.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import pytest
import pytest_socket
import sqlalchemy as sa
from flask import Flask, g
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlmodel import Session
from werkzeug.routing import Rule

from webapp.accounts.tables import User
from webapp.app import create_app
from webapp.platform.db import db, new_id
from webapp.platform.migrate import migrate
from webapp.platform.settings import Settings

# Read before the tests' environment is made plain: where the real weights lie, or are converted once.
HOME = Path(os.environ.get("VERMILION_HOME", "var"))

# How long a call takes says nothing on a machine that does other things beside.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first, so that no process ends up alone with it."""

    def longest(item: pytest.Item) -> float:
        mark = item.get_closest_marker("timeout")
        return float(mark.args[0]) if mark else 0.0

    items.sort(key=longest, reverse=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Nothing leaves this machine but what is ``external``; servers on it may be reached."""
    if item.get_closest_marker("external") is None:
        pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def skip(reason: str) -> NoReturn:
    """Skip because a part is not there; with REQUIRE_ALL=1 every part must be."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


def skip_unless(there: object, reason: str) -> None:
    """Go on only where the part is there."""
    if not there:
        skip(reason)


def make_settings(home: Path, **changes: Any) -> Settings:
    """Settings that read neither the environment nor a file."""
    values = {"_env_file": None, "home": home, "secret_key": "k" * 32, "password_salt": "s" * 32}
    return Settings(**{**values, "totp_key": "t" * 32, **changes})


@pytest.fixture(scope="session", autouse=True)
def _routes_compiled_once() -> Iterator[None]:
    """Every test's application has the same routes, and most of the time that one takes to be made goes into
    compiling what builds their addresses."""
    compiled: dict[object, Any] = {}
    compile_one = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_one(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with every migration."""
    home = tmp_path_factory.mktemp("migrated")
    app = create_app(make_settings(home))
    with app.app_context():
        migrate(db.engine)
        db.engine.dispose()
    return home / "vermilion.db"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("VERMILION_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path, migrated: Path) -> Settings:
    """A home of its own with a migrated database."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated, home / "vermilion.db")
    return make_settings(home)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates that one test's application compiled, for those of the others."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled")))


@pytest.fixture
def app(settings: Settings, compiled: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The application. Forms need no CSRF token; ``test_headers.py`` tests that they do outside of tests."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = compiled
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The test's own session; a client commits it before each request."""
    with app.app_context():
        yield db.session


class Client(FlaskClient):
    """A browser that sees what the test has written, and is not locked out by the test's transaction."""

    session: Session

    def open(self, *args: Any, **kwargs: Any) -> Any:
        self.session.commit()
        for name in [name for name in g if name != "_sqlalchemy_sessions"]:
            g.pop(name)  # the test's context outlives its requests: forget who asked, and in which language
        return super().open(*args, **kwargs)

    def sign_in(self, user: User) -> "Client":
        """Be this person, as if they had just given their password."""
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie.update(_user_id=user.fs_uniquifier, _fresh=True, fs_cc="set", fs_paa=time.time())
        return self


@pytest.fixture
def client(app: Flask, session: Session) -> Client:
    """A browser that nobody is signed in to."""
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    client.session = session
    return client


POSTGRES = os.environ.get("TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/9")
RABBITMQ = os.environ.get("TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//")


@contextmanager
def _postgres_database(copy_of: str = "template1") -> Iterator[str]:
    """The address of a new database of the running PostgreSQL server, which is dropped afterwards."""
    server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    name = f"vermilion_test_{new_id()}"
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {copy_of}")
    except sa.exc.OperationalError:
        skip("no PostgreSQL server answers at TEST_POSTGRES")
    yield sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of an empty database with every migration, to be copied: that takes a moment."""
    with _postgres_database() as url:
        with create_app(make_settings(tmp_path_factory.mktemp("postgres"), database_url=url)).app_context():
            migrate(db.engine)
            db.engine.dispose()
        yield str(sa.make_url(url).database)


@pytest.fixture
def postgres_settings(tmp_path: Path, migrated_postgres: str) -> Iterator[Settings]:
    """A home whose database is a new one of the running PostgreSQL server; dropped afterwards."""
    with _postgres_database(copy_of=migrated_postgres) as url:
        yield make_settings(tmp_path, database_url=url)


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest) -> Settings:
    """The test runs on SQLite and on PostgreSQL."""
    name = "settings" if request.param == "sqlite" else "postgres_settings"
    found: Settings = request.getfixturevalue(name)
    return found
