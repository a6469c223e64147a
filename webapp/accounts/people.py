"""People and studios: how they begin, come together and part."""

import secrets
from datetime import datetime

from flask_security import hash_password
from sqlmodel import Session, col, func, select

from webapp.accounts import seats
from webapp.accounts.tables import Invitation, Language, MemberRole, Membership, Studio, User
from webapp.money import quota
from webapp.platform import audit
from webapp.platform.db import new_id


class LastOwnerError(Exception):
    """A studio needs an owner; this one is its last."""


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
    """A new studio with its first owner. Whether it teaches the common model is chosen, never assumed."""
    studio = Studio(
        name=name, language=language, time_zone=time_zone, teaches_common=teaches_common, created_at=now
    )
    session.add(studio)
    session.flush()
    join(session, now, studio, owner, MemberRole.OWNER)
    quota.begin_trial(session, now, studio.id, owner.email, by=f"user:{owner.id}")
    audit.note(session, now, "studio.opened", target=studio.id, user_id=owner.id, studio_id=studio.id)
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


def accept(session: Session, now: datetime, invitation: Invitation, studio: Studio, user: User) -> Membership:
    """Join as invited; whoever is there already stays as they are. The invitation is used up.

    Raises NoSeatError when the studio's plan has no seat left; then the invitation still stands.
    """
    there = session.exec(
        select(Membership).where(Membership.studio_id == studio.id, Membership.user_id == user.id)
    ).first()
    if there is None:
        seats.keep_one_free(session, now, studio.id, for_invited=False)
    invitation.accepted_at = now
    audit.note(
        session, now, "invitation.accepted", target=invitation.id, user_id=user.id, studio_id=studio.id
    )
    return there or join(session, now, studio, user, invitation.role)


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


def make_operator(session: Session, now: datetime, user: User) -> None:
    """Let the person run this server: its nights, and everybody's money."""
    user.is_operator = True
    session.add(user)
    audit.note(session, now, "operator.made", target=user.id)


def colleagues(session: Session, studio_id: str) -> list[tuple[Membership, User]]:
    """Everyone in the studio, in the order they came."""
    return list(
        session.exec(
            select(Membership, User)
            .join(User, col(User.id) == Membership.user_id)
            .where(Membership.studio_id == studio_id)
            .order_by(col(Membership.created_at))
        )
    )


def studios_of(session: Session, user: User) -> list[Studio]:
    """The studios in which a person works, by name."""
    return list(
        session.exec(
            select(Studio)
            .join(Membership, col(Membership.studio_id) == Studio.id)
            .where(Membership.user_id == user.id)
            .order_by(col(Studio.name))
        )
    )


def give_role(session: Session, now: datetime, by: Membership, place: Membership, role: MemberRole) -> None:
    """Make a colleague an owner or a teacher. LastOwnerError when the studio would have no owner left."""
    if role is not MemberRole.OWNER:
        _keep_an_owner(session, place)
    place.role = role
    audit.note(
        session, now, f"role.{role}", target=place.user_id, user_id=by.user_id, studio_id=place.studio_id
    )


def part(session: Session, now: datetime, by: Membership, place: Membership) -> None:
    """End a person's place in the studio; their lessons and comments stay. LastOwnerError as above."""
    _keep_an_owner(session, place)
    session.delete(place)
    audit.note(
        session, now, "person.left", target=place.user_id, user_id=by.user_id, studio_id=place.studio_id
    )


def _keep_an_owner(session: Session, place: Membership) -> None:
    owners = session.exec(
        select(func.count())
        .select_from(Membership)
        .where(Membership.studio_id == place.studio_id, Membership.role == MemberRole.OWNER)
    ).one()
    if place.role is MemberRole.OWNER and owners == 1:
        raise LastOwnerError


def _new_voice(session: Session) -> str:
    """A short code that no one has yet; short because it is part of every prompt."""
    while True:
        code = f"k{new_id()[:4]}"
        if session.exec(select(Membership.id).where(Membership.voice == code)).first() is None:
            return code
