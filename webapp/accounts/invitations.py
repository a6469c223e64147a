"""Invitations: a link, sent to one e-mail address, through which one person may join a studio."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session, col, select

from webapp.accounts import seats
from webapp.accounts.tables import Invitation, MemberRole, Membership, Studio
from webapp.platform import audit

STANDS = timedelta(days=14)


def invite(
    session: Session, now: datetime, by: Membership, email: str, role: MemberRole
) -> tuple[Invitation, str]:
    """A new invitation, and its token for the letter alone. An older one to the address is withdrawn.

    Raises NoSeatError when people and invitations take all seats of the studio's plan.
    """
    for older in open_invitations(session, now, by.studio_id):
        if older.email == email.lower():
            session.delete(older)
    session.flush()
    seats.keep_one_free(session, now, by.studio_id, for_invited=True)
    token = secrets.token_urlsafe(24)
    invitation = Invitation(
        studio_id=by.studio_id,
        email=email.lower(),
        role=role,
        token_hash=_hash(token),
        invited_by=by.user_id,
        created_at=now,
        expires_at=now + STANDS,
    )
    session.add(invitation)
    session.flush()
    audit.note(
        session, now, "person.invited", target=invitation.id, user_id=by.user_id, studio_id=by.studio_id
    )
    return invitation, token


def open_invitations(session: Session, now: datetime, studio_id: str) -> list[Invitation]:
    """Those that can still be accepted, oldest first."""
    rows = session.exec(
        select(Invitation)
        .where(
            Invitation.studio_id == studio_id,
            col(Invitation.accepted_at).is_(None),
            Invitation.expires_at > now,
        )
        .order_by(col(Invitation.created_at))
    )
    return list(rows)


def find(session: Session, now: datetime, token: str) -> tuple[Invitation, Studio] | None:
    """The invitation of this token, if it still stands, and its studio."""
    return session.exec(
        select(Invitation, Studio)
        .join(Studio, col(Studio.id) == Invitation.studio_id)
        .where(
            Invitation.token_hash == _hash(token),
            col(Invitation.accepted_at).is_(None),
            Invitation.expires_at > now,
        )
    ).first()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
