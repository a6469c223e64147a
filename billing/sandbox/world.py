"""One account as one request (or one tick of the clock) sees and changes it."""

import secrets
import string
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from billing.sandbox import events
from billing.sandbox.errors import Refusal, missing
from billing.sandbox.operations import Params
from billing.sandbox.store import Store, Thing, Transaction, clone

LETTERS = string.ascii_letters + string.digits
LINKED = ("customer", "test_clock")

Include = Callable[["World", Thing], Any]
INCLUDABLE: dict[tuple[str, str], Include] = {}
"""(kind, field) → what computes a field that is there only when it is asked for by ``expand``."""


def includes(kind: str, field: str) -> Callable[[Include], Include]:
    """Register what computes such a field."""

    def register(compute: Include) -> Include:
        INCLUDABLE[kind, field] = compute
        return compute

    return register


def account_of(key: str) -> str:
    """Each secret key has an account of its own, so that tests share a server and nothing else."""
    return "acct_" + "".join(letter for letter in key.rpartition("_")[2] if letter.isalnum())[:40]


def fresh_id(prefix: str, length: int = 24) -> str:
    """Such as ``cus_`` and random letters."""
    return prefix + "_" + "".join(secrets.choice(LETTERS) for _ in range(length))


def public(value: Any) -> Any:
    """A copy without the sandbox's own fields."""
    if isinstance(value, dict):
        return {name: public(one) for name, one in value.items() if not name.startswith("_")}
    if isinstance(value, list):
        return [public(one) for one in value]
    return value


class World:
    """``moment`` is set while the clock catches up with what is due; ``request``: (id, idempotency key)."""

    def __init__(
        self, store: Store, account: str, base_url: str, request: tuple[str | None, str | None] = (None, None)
    ) -> None:
        self.things = Transaction(store, account)
        self.base_url = base_url
        self.request = request
        self.moment: int | None = None
        if self.things.peek(account) is None:
            self.things.put(new_account(account))

    @property
    def account(self) -> Thing:
        """The account, with its switches and how far its clock is ahead of the real one."""
        found = self.things.get(self.things.account)
        assert found is not None
        return found

    def seen(self, name: str) -> Thing:
        """An object that is known to be there, only to read."""
        found = self.things.peek(name)
        assert found is not None, name
        return found

    def own(self, name: str) -> Thing:
        """An object that is known to be there."""
        found = self.things.get(name)
        assert found is not None, name
        return found

    def get(self, kind: str, name: str, param: str | None = None) -> Thing:
        """An object that a request names: in its path, or in the parameter ``param``."""
        found = self.things.peek(name)
        if found is None or found["object"] != kind or (found.get("deleted") and param):
            raise missing(kind, name, param or "id", status=400 if param else 404)
        return self.own(name)

    def alive(self, kind: str, name: str) -> Thing:
        """An object that a request's path names and that is not deleted."""
        found = self.get(kind, name)
        if found.get("deleted"):
            raise missing(kind, name, "id", status=404)
        return found

    def find(self, kind: str, **where: Any) -> list[Thing]:
        """Objects with these fields, the newest first."""
        return [self.own(one["id"]) for one in self.looking(kind, **where)]

    def looking(self, kind: str, **where: Any) -> Iterator[Thing]:
        """As ``find``, only to read."""
        for one in self.things.newest(kind):
            if all(one.get(name) == wanted for name, wanted in where.items()):
                yield one

    def add(self, kind: str, prefix: str, fields: Thing, *, ident: str | None = None) -> Thing:
        """A new object; ``created`` is the time of its customer's clock unless the fields say it."""
        thing: Thing = {"id": ident or fresh_id(prefix), "object": kind, "livemode": False}
        thing["created"] = self.now(fields)
        thing |= fields
        self.things.put(thing)
        return thing

    def clock_of(self, thing: Thing | None) -> Thing | None:
        """The test clock on which an object's customer lives."""
        if thing is None:
            return None
        name = thing.get("test_clock")
        if not name and isinstance(thing.get("customer"), str):
            name = self.seen(thing["customer"]).get("test_clock")
        return self.own(name) if name else None

    def now(self, thing: Thing | None = None) -> int:
        """Seconds since 1970, for this object."""
        clock = self.clock_of(thing)
        if clock:
            return int(clock["frozen_time"])
        if self.moment is not None:
            return self.moment
        return int(time.time()) + int(self.account["_ahead"])

    def emit(self, kind: str, thing: Thing, previous: Thing | None = None) -> None:
        """Tell the world what happened to an object."""
        events.record(self, kind, public(thing), previous)

    @contextmanager
    def changing(self, thing: Thing, kind: str) -> Iterator[Thing]:
        """Change an object; when it is another one afterwards, an event says so."""
        before = public(thing)
        yield thing
        previous = events.difference(before, public(thing))
        if previous:
            self.emit(kind, thing, previous)

    def shown(self, thing: Thing, expand: Iterable[str] = ()) -> Thing:
        """What leaves the server: an object, with what was asked to be expanded."""
        shown: Thing = public(thing)
        for path in expand:
            parts = path.split(".")
            if len(parts) - (parts[0] == "data") > 4:
                raise Refusal(f"expand goes at most four levels deep: {path}", param="expand")
            self._expand(shown, parts, path)
        return shown

    def _expand(self, value: Any, parts: list[str], path: str) -> None:
        if isinstance(value, list):
            for one in value:
                self._expand(one, parts, path)
        if not isinstance(value, dict) or not parts:
            return
        name, rest = parts[0], parts[1:]
        compute = INCLUDABLE.get((str(value.get("object")), name))
        if compute and not isinstance(value.get(name), dict):
            value[name] = public(compute(self, self.own(value["id"])))
        elif name not in value:
            raise Refusal(f"This cannot be expanded: {path}", code=None, param="expand")
        value[name] = self._fetched(value[name], path, bool(rest))
        self._expand(value[name], rest, path)

    def _fetched(self, value: Any, path: str, more: bool) -> Any:
        if isinstance(value, list):
            return [self._fetched(one, path, more) for one in value]
        if not isinstance(value, str):
            return value
        found = self.things.peek(value)
        if found is None:
            raise Refusal(f"This cannot be expanded: {path}", param="expand")
        return public(found)


def new_account(name: str) -> Thing:
    """A fresh account in test mode. ``_ahead``: seconds by which its clock is ahead of the real one."""
    return {
        "id": name,
        "object": "account",
        "country": "US",
        "default_currency": "usd",
        "charges_enabled": True,
        "details_submitted": True,
        "payouts_enabled": True,
        "email": "owner@example.com",
        "type": "standard",
        "metadata": {},
        "_ahead": 0,
        "_switches": {},
    }


def metadata(thing: Thing | None, given: Any) -> dict[str, str]:
    """New metadata: what is given goes over what was there, an empty text unsets (all of it, or one key)."""
    if given == "":
        return {}
    kept = dict((thing or {}).get("metadata") or {})
    for name, value in (given or {}).items():
        if len(name) > 40 or len(value) > 500:
            raise Refusal(
                "metadata takes keys of 40 characters and values of 500.", param=f"metadata[{name}]"
            )
        if value == "":
            kept.pop(name, None)
        else:
            kept[name] = value
    if len(kept) > 50:
        raise Refusal("metadata takes 50 keys.", param="metadata")
    return kept


def page(world: World, things: Iterable[Thing], params: Params, url: str) -> Thing:
    """A page of a list: the newest first, from a cursor on, at most ``limit`` (1 to 100, 10 unless said)."""
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refusal("limit is between 1 and 100.", code="parameter_invalid_integer", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise Refusal("Give starting_after or ending_before, not both.", param="ending_before")
    kept = [one for one in things if not one.get("deleted") and _within(one, params.get("created"))]
    cursor = params.get("starting_after") or params.get("ending_before")
    if cursor is not None:
        places = [n for n, one in enumerate(kept) if one["id"] == cursor]
        if not places:
            raise missing(
                "object", cursor, "starting_after" if "starting_after" in params else "ending_before", 400
            )
        kept = kept[places[0] + 1 :] if "starting_after" in params else kept[: places[0]]
    chosen = kept[-limit:] if "ending_before" in params else kept[:limit]
    data = [public(one) for one in chosen]
    return {"object": "list", "data": data, "has_more": len(kept) > limit, "url": url}


def _within(thing: Thing, bounds: Any) -> bool:
    """Whether a thing was made within bounds; an invoice item calls that time its date."""
    if bounds is None:
        return True
    value = thing["created"] if "created" in thing else thing["date"]
    if isinstance(bounds, int):
        return bool(value == bounds)
    tests = {"gt": value.__gt__, "gte": value.__ge__, "lt": value.__lt__, "lte": value.__le__}
    return all(tests[name](bound) for name, bound in bounds.items())


def wanted(params: Params, *names: str) -> Thing:
    """Those of the parameters that are given, as fields to compare with."""
    return {name: params[name] for name in names if name in params}


def copy_of(thing: Thing) -> Thing:
    """An object of its own with the same fields."""
    copied: Thing = clone(thing)
    return copied
