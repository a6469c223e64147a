"""``vermilion run --demo`` as a person starts it, without its studios, whose drawings take a while."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0
"""Seconds; a machine that also trains is slow."""


class Demo:
    """A running demo: ``url``, and its ``home``. ``base`` drafts both languages."""

    def __init__(self, home: Path, base: str) -> None:
        self.home = home
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.url = f"http://localhost:{self.port}"
        plain = {name: value for name, value in os.environ.items() if not name.startswith("VERMILION_")}
        self._environment = {
            **plain,
            "VERMILION_HOME": str(home),
            "VERMILION_BASE_EN": base,
            "VERMILION_BASE_ZH": base,
        }
        (home / "demo.json").write_text(json.dumps({"users": [], "api_key": None}))
        self.start()

    def start(self) -> None:
        """Start it, and wait until it can be visited."""
        command = [sys.executable, "-m", "webapp.cli", "run", "--demo", "--port", str(self.port)]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE
        while not self._is_well():
            if self._process.poll() is not None or time.monotonic() > until:
                self._process.kill()
                self._process.wait()
                pytest.fail(f"the demo did not start: {(self.home / 'log').read_text()[-2000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(PATIENCE) == 0

    def sandbox(self) -> dict[str, str]:
        """What the home knows of its sandbox."""
        return dict(json.loads((self.home / "sandbox.json").read_text()))

    def _is_well(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False
