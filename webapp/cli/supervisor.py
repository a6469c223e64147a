"""One process that keeps the others running, and stops them all within twenty seconds."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger()

STOP_SECONDS = 15.0
"""After that a child that does not stop is killed; what it was doing is done again later."""
STEADY_SECONDS = 60.0
"""A child that ran for so long starts anew at once when it crashes."""
SLOWEST_RESTART = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A program to keep running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    pause: float = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            env=environment,
            process_group=0,  # so that Ctrl-C reaches only the supervisor, which then stops them in order
            preexec_fn=end_with_parent,
        )
        self.started = time.monotonic()


def end_with_parent() -> None:
    """Lets this process never outlive the one that started it, even when that is killed. (On Linux.)"""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def supervise(
    children: Sequence[Child], environment: Mapping[str, str], meanwhile: Callable[[], None] | None = None
) -> None:
    """Run the children until SIGINT, SIGTERM or SIGHUP; start again whichever crashes, ever more slowly.

    ``meanwhile`` is called about five times a second.
    """
    stopping = False

    def ask_to_stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    try:
        while not stopping:
            for child in children:
                _tend(child, environment)
            if meanwhile:
                meanwhile()
            time.sleep(0.2)
    finally:
        stop(child.process for child in children if child.process)


def _tend(child: Child, environment: Mapping[str, str]) -> None:
    """Start the child, or start it again when it is time."""
    now = time.monotonic()
    if child.process is not None:
        status = child.process.poll()
        if status is None:
            return
        child.process = None
        child.pause = (
            0.5 if now - child.started > STEADY_SECONDS else min(SLOWEST_RESTART, child.pause * 2 or 0.5)
        )
        child.start_at = now + child.pause
        log.error("child_ended", child=child.name, status=status, again_in=child.pause)
    if now >= child.start_at:
        child.start(environment)


def stop(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """Stop them all; whichever has not stopped after STOP_SECONDS is killed."""
    running = list(processes)
    for process in running:
        if process.poll() is None:
            process.terminate()
    end = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
