"""The supervisor: what crashes comes back, what is told to stop stops, and nothing outlives it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from webapp.cli import supervisor as supervising

ROOT = Path(__file__).parents[3]
PROGRAM = """
import os, sys, time
from webapp.cli.supervisor import Child, supervise
log = sys.argv[1]
write = "import os, signal, sys, time; open({0!r}, 'a').write('{1} ' + str(os.getpid()) + chr(10)); {2}"
stubborn = "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
children = [
    Child("steady", [sys.executable, "-c", write.format(log, "steady", "time.sleep(60)")]),
    Child("crashing", [sys.executable, "-c", write.format(log, "crashing", "sys.exit(3)")]),
    Child("other", [sys.executable, "-c", write.format(log, "other", "time.sleep(60)")]),
]
if len(sys.argv) > 2:
    children.append(Child("stubborn", [sys.executable, "-c", write.format(log, "stubborn", stubborn)]))
supervise(children, os.environ)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def _start(log: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(log), *more], cwd=ROOT, stderr=subprocess.DEVNULL
    )


def _pids(log: Path, name: str) -> list[int]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[1]) for line in lines if line.startswith(name) and len(line.split()) == 2]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait(what: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_crash_is_mended_and_a_signal_stops_all(log: Path, signal_number: int) -> None:
    supervisor = _start(log)
    _wait(lambda: len(_pids(log, "crashing")) >= 3 and _pids(log, "other"))
    (steady,), (other,) = _pids(log, "steady"), _pids(log, "other")
    supervisor.send_signal(signal_number)
    assert supervisor.wait(20) == 0
    assert not _alive(steady)
    assert not _alive(other)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_what_a_shell_runs_in_the_background_stops_while_it_begins(log: Path, signal_number: int) -> None:
    """Such a program starts deaf to SIGINT, and the signal comes before it has any children."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    home = log.parent / "home"
    program = subprocess.Popen(
        [sys.executable, "-m", "webapp.cli", "run", "--demo", "--port", port],
        cwd=ROOT,
        env={**os.environ, "VERMILION_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    _wait((home / "vermilion.db").exists, 60)
    program.send_signal(signal_number)
    assert program.wait(20) != 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_children_do_not_outlive_a_killed_supervisor(log: Path) -> None:
    supervisor = _start(log)
    _wait(lambda: _pids(log, "steady") and _pids(log, "other"))
    supervisor.kill()
    supervisor.wait()
    _wait(lambda: not any(_alive(pid) for pid in _pids(log, "steady") + _pids(log, "other")))


def test_who_does_not_stop_is_killed_within_twenty_seconds(log: Path) -> None:
    supervisor = _start(log, "stubborn")
    _wait(lambda: _pids(log, "stubborn"))
    time.sleep(0.3)
    begun = time.monotonic()
    supervisor.terminate()
    assert supervisor.wait(25) == 0
    assert time.monotonic() - begun < 20
    assert not any(_alive(pid) for pid in _pids(log, "stubborn"))


def test_a_single_worker_that_does_not_stop_is_killed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "STOP_SECONDS", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(); time.sleep(60)"
    worker = subprocess.Popen([sys.executable, "-uc", deaf], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    with worker.stdout:
        worker.stdout.readline()  # it is deaf from now on
        supervising.stop([worker])
    assert worker.returncode == -signal.SIGKILL
