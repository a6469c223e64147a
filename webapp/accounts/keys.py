"""A studio's keys to the API. A key is shown once, when it is made; afterwards only its hash is known."""

import secrets
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from webapp.accounts.tables import ApiKey, Membership, Studio

_SHOWN = 10
"""So many first characters tell an owner one key from another."""


def make_key(session: Session, now: datetime, maker: Membership, name: str) -> tuple[ApiKey, str]:
    """A new key to the maker's studio, writing in the maker's voice; and the key itself, to be shown once."""
    token = f"vm_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        studio_id=maker.studio_id,
        user_id=maker.user_id,
        name=name,
        prefix=token[:_SHOWN],
        key_hash=_hash(token),
        created_at=now,
    )
    session.add(key)
    session.flush()
    return key, token


def holder(session: Session, token: str) -> tuple[ApiKey, Membership, Studio] | None:
    """The key, its maker's place and the studio; None if it is unknown or revoked, or its maker has left."""
    return session.exec(
        select(ApiKey, Membership, Studio)
        .join(Studio, col(Studio.id) == ApiKey.studio_id)
        .join(
            Membership,
            (col(Membership.studio_id) == ApiKey.studio_id) & (col(Membership.user_id) == ApiKey.user_id),
        )
        .where(ApiKey.key_hash == _hash(token), col(ApiKey.revoked_at).is_(None))
    ).first()


def _hash(token: str) -> str:
    """A plain hash is enough: a key has 256 random bits, so there is nothing to guess."""
    return sha256(token.encode()).hexdigest()
