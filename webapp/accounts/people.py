"""People and studios: how they begin and come together."""

import secrets
from datetime import datetime

from flask_security import hash_password
from sqlmodel import Session, select

from webapp.accounts.tables import Language, MemberRole, Membership, Studio, User
from webapp.platform.db import new_id


def open_studio(
    session: Session,
    now: datetime,
    owner: User,
    *,
    name: str,
    language: Language,
    time_zone: str,
    teaches_common: bool,
) -> Studio:
    """A new studio with its first owner."""
    studio = Studio(
        name=name, language=language, time_zone=time_zone, teaches_common=teaches_common, created_at=now
    )
    session.add(studio)
    session.flush()
    join(session, now, studio, owner, MemberRole.OWNER)
    return studio


def join(session: Session, now: datetime, studio: Studio, user: User, role: MemberRole) -> Membership:
    """Give the person a place, and a voice, in the studio."""
    assert user.id is not None
    place = Membership(
        studio_id=studio.id, user_id=user.id, role=role, voice=_new_voice(session), created_at=now
    )
    session.add(place)
    session.flush()
    return place


def create_person(
    session: Session, now: datetime, *, email: str, password: str, name: str, language: Language | None = None
) -> User:
    """A person whose address needs no confirmation, e.g. one made from the command line."""
    user = User(
        email=email.strip().lower(),
        password=hash_password(password),
        name=name,
        language=language,
        fs_uniquifier=secrets.token_hex(32),
        confirmed_at=now,
        create_datetime=now,
    )
    session.add(user)
    session.flush()
    return user


def _new_voice(session: Session) -> str:
    """A short code that no one has yet; short because it is part of every prompt."""
    while True:
        code = f"k{new_id()[:4]}"
        if session.exec(select(Membership.id).where(Membership.voice == code)).first() is None:
            return code
