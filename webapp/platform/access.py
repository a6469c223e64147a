"""Deny by default: a view is closed unless ``@public``; a record is found only through one's own studio."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import abort, current_app, g, request
from flask_security import current_user
from sqlmodel import col, select

from webapp.accounts.tables import MemberRole, Membership, Studio
from webapp.platform.db import Record, db

View = TypeVar("View", bound=Callable[..., Any])
Owned = TypeVar("Owned", bound=Record)


def public(view: View) -> View:
    """Anyone may call this view."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Any signed-in person may call this view, member of a studio or not (e.g. to accept an invitation)."""
    view.access = "signed_in"  # type: ignore[attr-defined]
    return view


def owners_only(view: View) -> View:
    """Only the studio's owners may call this view; teachers get 403."""
    view.access = "owner"  # type: ignore[attr-defined]
    return view


def operators_only(view: View) -> View:
    """Only those who run this server may call this view; to everyone else it is not there."""
    view.access = "operator"  # type: ignore[attr-defined]
    return view


def view_of(endpoint: str) -> Any:
    """The function behind an endpoint, None when there is none."""
    return current_app.view_functions.get(endpoint)


def rule_of(endpoint: str) -> str:
    """Who may call it: ``public``, ``signed_in``, ``member``, ``owner`` or ``operator``."""
    if endpoint == "static" or endpoint.startswith("security."):
        return "public"  # sign-in and its kin guard themselves
    return str(getattr(view_of(endpoint), "access", "member"))


def member() -> Membership:
    """The caller's place in the studio they are working in. Set by the guard, or by the API's key check."""
    return g.membership  # type: ignore[no-any-return]


def studio() -> Studio:
    """The studio in which the caller works."""
    return g.studio  # type: ignore[no-any-return]


def owned(table: type[Owned], record_id: str) -> Owned:
    """The record of this id in the caller's studio; 404 when it is another studio's or nobody's."""
    found = db.session.exec(
        select(table).where(table.id == record_id, table.studio_id == studio().id)  # type: ignore[attr-defined]
    ).first()
    return found if found is not None else abort(404)


def enter(membership: Membership, of: Studio) -> None:
    """Work in this studio for the rest of the request."""
    g.membership, g.studio = membership, of


def enter_first(preferred: str) -> bool:
    """Go into the preferred studio, else the person's first one; False when they have none, or are nobody."""
    user = signed_in_user()
    if user is None:
        return False
    row = db.session.exec(
        select(Membership, Studio)
        .join(Studio, col(Studio.id) == Membership.studio_id)
        .where(Membership.user_id == user.id)
        .order_by((col(Studio.id) == preferred).desc(), col(Membership.created_at))
    ).first()
    if row is None:
        return False
    enter(*row)
    structlog.contextvars.bind_contextvars(studio=row[1].id)
    return True


def may(access: str) -> bool:
    """Whether the entered member may call a view of this access."""
    return access != "owner" or member().role is MemberRole.OWNER


def from_here() -> bool:
    """Whether the request is from this machine, and not through a proxy on it."""
    return request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers


def signed_in_user() -> Any:
    """The ``User`` behind the session, or None."""
    return current_user if current_user.is_authenticated else None
