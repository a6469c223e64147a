"""Who calls: a studio, by its bearer key. The session's cookie opens nothing here."""

from datetime import datetime, timedelta
from hashlib import sha256

from flask import request
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address

from webapp.accounts.keys import holder
from webapp.accounts.tables import ApiKey
from webapp.api.problems import Problem
from webapp.platform import access, clock
from webapp.platform.db import db, reading

OFTEN = "240 per minute"
"""So many requests are taken with one key."""

_USE_NOTED_EVERY = timedelta(hours=1)


def enter() -> None:
    """Work in the studio of the request's key, in the voice of the person who made it. Raises a 401
    ``Problem``.
    """
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _closed("missing-key", _("Send the studio's key as Authorization: Bearer, then the key."))
    found = holder(db.session, token.strip())
    if found is None:
        raise _closed("unknown-key", _("This key is unknown or revoked. An owner can make a new one."))
    key, place, studio = found
    _note_use(key, clock.now())
    # What follows may be a long upload, which must not hold the transaction that the look-up began.
    db.session.commit()
    access.enter(place, studio)


def caller() -> str:
    """Whose requests are counted together: those with the same key, else those from the same address."""
    sent = request.headers.get("Authorization")
    return sha256(sent.encode()).hexdigest()[:32] if sent else get_remote_address()


def _note_use(key: ApiKey, now: datetime) -> None:
    """Once an hour, in a transaction of its own that may write even when the request itself only reads."""
    if key.last_used_at is not None and now - key.last_used_at < _USE_NOTED_EVERY:
        return
    db.session.commit()
    token = reading.set(False)
    try:
        key.last_used_at = now
        db.session.add(key)
        db.session.commit()
    finally:
        reading.reset(token)


def _closed(kind: str, detail: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="Vermilion"'}
    return Problem(401, kind, _("A key is needed"), detail, headers=headers)
