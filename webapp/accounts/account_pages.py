"""The pages of the accounts room: one's account, and the way into a studio."""

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlmodel import select

from webapp.accounts import invitations, people, seats
from webapp.accounts.blueprint import bp
from webapp.accounts.forms import AccountForm, StudioForm
from webapp.accounts.seats import NoSeatError
from webapp.accounts.tables import Language, Membership
from webapp.platform import clock
from webapp.platform.access import public, signed_in, signed_in_user
from webapp.platform.db import db


@bp.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> ResponseReturnValue:
    """One's name, language and ways to sign in."""
    user = current_user
    form = AccountForm(name=user.name, language=user.language.value if user.language else "")
    if form.validate_on_submit():
        user.name = form.name.data
        user.language = Language(form.language.data) if form.language.data else None
        db.session.commit()
        session.pop("language", None)
        flash(_("Saved."), "success")
        return redirect(url_for("accounts.account"))
    return render_template("accounts/account.html", form=form, studios=people.studios_of(db.session, user))


@bp.route("/studio/new", methods=["GET", "POST"])
@signed_in
def new_studio() -> ResponseReturnValue:
    """Open a studio: for a person who has none, or one more."""
    now = clock.now()
    language = "zh" if current_user.language == "zh" else "en"
    form = StudioForm(studio_language=language)
    del form.photo_months
    if form.validate_on_submit():
        studio = people.open_studio(db.session, now, current_user, **form.studio_values())
        db.session.commit()
        session["studio"] = studio.id
        return redirect(url_for("lessons.index"))
    token = session.get("invitation", "")
    found = invitations.find(db.session, now, token)
    return render_template(
        "accounts/new_studio.html",
        form=form,
        token=token,
        invitation=found,
        is_full=found is not None and _is_full(found[1].id),
        has_studio=bool(people.studios_of(db.session, current_user)),
    )


@bp.post("/studio/switch")
@signed_in
def switch_studio() -> ResponseReturnValue:
    """Work in another of one's studios."""
    chosen = request.form.get("studio", "")
    place = db.session.exec(
        select(Membership.id).where(Membership.studio_id == chosen, Membership.user_id == current_user.id)
    ).first()
    if place is None:
        abort(404)
    session["studio"] = chosen
    return redirect(url_for("lessons.index"))


@bp.get("/invitations/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    """Where the letter's link leads, signed in or not."""
    found = invitations.find(db.session, clock.now(), token)
    is_full = found is not None and _is_full(found[1].id)
    if found and not is_full and not signed_in_user():
        session["invitation"] = token  # the sign-up form takes it up
    status = 200 if found else 404
    return render_template("accounts/invitation.html", found=found, token=token, is_full=is_full), status


@bp.post("/invitations/<token>")
@signed_in
def accept_invitation(token: str) -> ResponseReturnValue:
    """Join the studio."""
    now = clock.now()
    found = invitations.find(db.session, now, token) or abort(404)
    try:
        people.accept(db.session, now, *found, current_user)
    except NoSeatError:
        db.session.rollback()
        return redirect(url_for("accounts.invitation", token=token))  # it says so, and what to do
    studio = found[1]
    db.session.commit()
    session.pop("invitation", None)
    session["studio"] = studio.id
    flash(_("Welcome to %(studio)s.", studio=studio.name), "success")
    return redirect(url_for("lessons.index"))


def _is_full(studio_id: str) -> bool:
    here = seats.seats(db.session, clock.now(), studio_id)
    return here.total is not None and here.people >= here.total
