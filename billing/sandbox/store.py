"""Objects of all accounts, in memory and in one SQLite file, changed in transactions.

What is stored is JSON. Names that begin with ``_`` are the sandbox's own and never leave it.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Thing = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS thing (
    account TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (account, id)
)
"""


def clone(value: Any) -> Any:
    """A copy that shares nothing; ``copy.deepcopy`` takes five times as long."""
    if isinstance(value, dict):
        return {name: clone(one) for name, one in value.items()}
    if isinstance(value, list):
        return [clone(one) for one in value]
    return value


class Store:
    """One lock for everything: requests are short, and a sandbox has few clients."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=NORMAL")
        self.database.execute(SCHEMA)
        self.things: dict[str, dict[str, Thing]] = {}
        self.numbers: dict[tuple[str, str], int] = {}
        self.number = 0
        for account, name, number, body in self.database.execute("SELECT * FROM thing ORDER BY number"):
            self.things.setdefault(account, {})[name] = json.loads(body)
            self.numbers[account, name] = self.number = number

    def write(self, account: str, changed: dict[str, Thing | None]) -> None:
        """Keep all of it or, when the file refuses, nothing."""
        rows, gone = [], []
        for name, thing in changed.items():
            if thing is None:
                gone.append((account, name))
                continue
            if (account, name) not in self.numbers:
                self.number += 1
                self.numbers[account, name] = self.number
            rows.append((account, name, self.numbers[account, name], json.dumps(thing, ensure_ascii=False)))
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?)", rows)
        self.database.executemany("DELETE FROM thing WHERE account = ? AND id = ?", gone)
        self.database.execute("COMMIT")
        kept = self.things.setdefault(account, {})
        for name, thing in changed.items():
            if thing is None:
                kept.pop(name, None)
                self.numbers.pop((account, name), None)
            else:
                kept[name] = thing

    def close(self) -> None:
        """Close the file, after whatever is being done."""
        with self.lock:
            self.database.close()


class Transaction:
    """One account's objects as somebody who is changing them sees them."""

    def __init__(self, store: Store, account: str) -> None:
        self.store = store
        self.account = account
        self.kept = store.things.setdefault(account, {})
        self.changed: dict[str, Thing | None] = {}

    def get(self, name: str) -> Thing | None:
        """The object to read or change: the same one each time."""
        if name not in self.changed:
            if name not in self.kept:
                return None
            self.changed[name] = clone(self.kept[name])
        return self.changed[name]

    def peek(self, name: str) -> Thing | None:
        """The object only to read."""
        return self.changed[name] if name in self.changed else self.kept.get(name)

    def put(self, thing: Thing) -> None:
        """A new object."""
        self.changed[thing["id"]] = thing

    def drop(self, name: str) -> None:
        """Forget an object."""
        self.changed[name] = None

    def newest(self, kind: str) -> Iterator[Thing]:
        """All of one kind, only to read, the newest first."""
        new = [name for name in self.changed if name not in self.kept]
        for name in [*reversed(new), *reversed(self.kept)]:
            thing = self.peek(name)
            if thing is not None and thing["object"] == kind:
                yield thing

    def commit(self) -> None:
        """Keep what was changed. A thing that was only read is written again: that costs less than
        comparing.
        """
        changed = {n: t for n, t in self.changed.items() if t is None or t != self.kept.get(n)}
        if changed:
            self.store.write(self.account, changed)
        self.changed = {}
