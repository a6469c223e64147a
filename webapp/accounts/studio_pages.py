"""The studio's own pages: what it is, who is in it, its keys."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from sqlmodel import col, select

from webapp.accounts import invitations, keys, people, seats
from webapp.accounts.blueprint import bp
from webapp.accounts.forms import InvitationForm, KeyForm, StudioForm
from webapp.accounts.seats import NoSeatError, TooManyError
from webapp.accounts.tables import ApiKey, Invitation, MemberRole, Membership
from webapp.platform import access, audit, clock, mail
from webapp.platform.access import member, owned, owners_only
from webapp.platform.db import db

JUST_SIGNED_IN = auth_required("session", within=60, grace=10)
"""Whoever finds the page open may not take the keys."""


@bp.get("/studio")
def studio() -> ResponseReturnValue:
    """The studio and its people; owners may change both."""
    here = access.studio()
    form = StudioForm(
        studio_name=here.name,
        studio_language=here.language.value,
        time_zone=here.time_zone,
        sharing="yes" if here.teaches_common else "no",
        photo_months=here.photo_months,
    )
    return _studio_page(form, InvitationForm())


@bp.post("/studio")
@owners_only
def change_studio() -> ResponseReturnValue:
    """Change the name, language, zone, retention or the sharing choice."""
    form = StudioForm()
    if not form.validate_on_submit():
        return _studio_page(form, InvitationForm(formdata=None))
    here, now = access.studio(), clock.now()
    values = form.studio_values()
    if here.teaches_common != values["teaches_common"]:
        action = "sharing.common" if values["teaches_common"] else "sharing.own"
        audit.note(db.session, now, action, target=here.id, user_id=member().user_id, studio_id=here.id)
    here.name, here.language, here.time_zone = values["name"], values["language"], values["time_zone"]
    here.teaches_common = values["teaches_common"]
    assert form.photo_months.data is not None
    here.photo_months = form.photo_months.data
    db.session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("accounts.studio"))


def _studio_page(form: StudioForm, inviting: InvitationForm) -> str:
    colleagues = people.colleagues(db.session, access.studio().id)
    here = seats.seats(db.session, clock.now(), access.studio().id)
    places = [place for place, _person in colleagues]
    return render_template(
        "accounts/studio.html",
        form=form,
        inviting=inviting,
        me=member(),
        seats=here,
        seated={place.id for place in seats.seated(places, here.total or 0)} if here.surplus else None,
        colleagues=colleagues,
        invitations=invitations.open_invitations(db.session, clock.now(), access.studio().id),
        is_owner=member().role is MemberRole.OWNER,
    )


@bp.post("/studio/invitations")
@owners_only
def invite() -> ResponseReturnValue:
    """Send a colleague a letter with a link."""
    form, now = InvitationForm(), clock.now()
    if not form.validate_on_submit():
        here = access.studio()
        shown = StudioForm(formdata=None, studio_name=here.name, studio_language=here.language.value)
        return _studio_page(shown, form)
    assert form.email.data
    try:
        made, token = invitations.invite(
            db.session, now, member(), form.email.data, MemberRole(form.role.data)
        )
    except NoSeatError as full:
        db.session.rollback()
        flash(_no_seat(full.here), "warn")
        return redirect(url_for("accounts.studio"))
    here = access.studio()
    # Who reads it will work in the studio's language.
    with force_locale(here.language.locale):
        mail.post(
            made.email,
            _("%(studio)s invites you to Vermilion", studio=here.name),
            "accounts/email/invitation.txt",
            studio=here,
            inviter=current_user,
            link=url_for("accounts.invitation", token=token, _external=True),
        )
    db.session.commit()
    flash(_("A letter is on its way to %(email)s.", email=made.email), "letter")
    return redirect(url_for("accounts.studio"))


@bp.post("/studio/invitations/<invitation_id>/withdraw")
@owners_only
def withdraw_invitation(invitation_id: str) -> ResponseReturnValue:
    """Close the door again."""
    db.session.delete(owned(Invitation, invitation_id))
    db.session.commit()
    flash(_("The invitation is withdrawn."), "success")
    return redirect(url_for("accounts.studio"))


@bp.post("/studio/seats")
@owners_only
def choose_seats() -> ResponseReturnValue:
    """Say who drafts while there are more people than seats."""
    places = [place for place, _person in people.colleagues(db.session, access.studio().id)]
    chosen = {place.id for place in places if place.id in request.form.getlist("seat")}
    try:
        seats.choose(db.session, clock.now(), member(), places, chosen)
    except TooManyError:
        db.session.rollback()
        flash(_("These are more people than the plan has seats. Take the tick from some."), "warn")
    else:
        db.session.commit()
        flash(_("Saved."), "success")
    return redirect(url_for("accounts.studio"))


@bp.post("/studio/people/<membership_id>/role")
@owners_only
def give_role(membership_id: str) -> ResponseReturnValue:
    """Make a colleague an owner or a teacher."""
    place = owned(Membership, membership_id)
    role = MemberRole.OWNER if request.form.get("role") == "owner" else MemberRole.TEACHER
    try:
        people.give_role(db.session, clock.now(), member(), place, role)
    except people.LastOwnerError:
        return _last_owner()
    db.session.commit()
    return redirect(url_for("accounts.studio"))


@bp.post("/studio/people/<membership_id>/remove")
@owners_only
def remove_colleague(membership_id: str) -> ResponseReturnValue:
    """End a colleague's place in the studio."""
    try:
        people.part(db.session, clock.now(), member(), owned(Membership, membership_id))
    except people.LastOwnerError:
        return _last_owner()
    db.session.commit()
    flash(_("They no longer belong to the studio. Their lessons and comments stay."), "success")
    return redirect(url_for("accounts.studio"))


@bp.post("/studio/leave")
def leave_studio() -> ResponseReturnValue:
    """End one's own place in the studio."""
    try:
        people.part(db.session, clock.now(), member(), member())
    except people.LastOwnerError:
        return _last_owner()
    db.session.commit()
    session.pop("studio", None)
    flash(_("You have left the studio."), "success")
    return redirect(url_for("accounts.account"))


def _no_seat(here: seats.Seats) -> str:
    """Why nobody can be invited, and the way out."""
    if not here.open:
        return str(_("The last payment failed, so nobody can be invited until it is paid."))
    if here.total == 1:
        return str(_("The studio's plan is for one teacher. With the Studio plan several work together."))
    return str(
        _(
            "All %(num)d seats of the plan are taken, open invitations counted. Add a seat under Plan, or"
            " withdraw an invitation.",
            num=here.total,
        )
    )


def _last_owner() -> ResponseReturnValue:
    flash(_("A studio needs an owner. Make someone else an owner first."), "error")
    return redirect(url_for("accounts.studio"))


@bp.route("/studio/keys", methods=["GET", "POST"])
@owners_only
@JUST_SIGNED_IN
def api_keys() -> ResponseReturnValue:
    """The studio's keys to the API. A new one is shown here once."""
    form, token, now = KeyForm(), None, clock.now()
    if form.validate_on_submit():
        assert form.name.data
        key, token = keys.make_key(db.session, now, member(), form.name.data)
        audit.note(
            db.session, now, "key.made", target=key.id, user_id=member().user_id, studio_id=key.studio_id
        )
        db.session.commit()
        form = KeyForm(formdata=None)
    rows = db.session.exec(
        select(ApiKey)
        .where(ApiKey.studio_id == access.studio().id, col(ApiKey.revoked_at).is_(None))
        .order_by(col(ApiKey.created_at).desc())
    ).all()
    return render_template("accounts/keys.html", form=form, token=token, keys=rows)


@bp.post("/studio/keys/<key_id>/revoke")
@owners_only
def revoke_key(key_id: str) -> ResponseReturnValue:
    """The key opens nothing any more."""
    key, now = owned(ApiKey, key_id), clock.now()
    key.revoked_at = key.revoked_at or now
    audit.note(
        db.session, now, "key.revoked", target=key.id, user_id=member().user_id, studio_id=key.studio_id
    )
    db.session.commit()
    flash(_("The key is revoked; whatever used it is locked out from now on."), "success")
    return redirect(url_for("accounts.api_keys"))
