"""The sandbox's own controls: its clock, its switches, and the buyer at its pages."""

import time
from typing import Any

import httpx

PATIENCE = 60.0
"""Seconds; a machine that also trains is slow."""


class Control:
    """``control("clock", advance=3600)`` posts to ``/_sandbox/clock``; without fields it gets."""

    def __init__(self, url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        # Without certificates to load, which takes longer than the call.
        self._http = httpx.Client(
            base_url=f"{url}/_sandbox/", headers=headers, timeout=PATIENCE, verify=False
        )
        self._ahead: int | None = None

    def __call__(self, path: str, **fields: Any) -> Any:
        answer = self._http.post(path, json=fields) if fields else self._http.get(path)
        if path == "clock" and fields:
            self._ahead = None
        answer.raise_for_status()
        return answer.json()

    def now(self) -> int:
        """The time there. Between two of our moves its clock runs as ours does, and need not be asked."""
        if self._ahead is None:
            self._ahead = int(self("clock")["ahead"])
        return int(time.time()) + self._ahead
