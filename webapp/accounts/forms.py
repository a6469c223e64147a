"""The forms of the accounts room."""

from typing import Any
from zoneinfo import available_timezones

from flask import current_app, session
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_security import RegisterFormV2
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, ValidationError

from webapp.accounts.invitations import find
from webapp.accounts.tables import Language, MemberRole
from webapp.platform import clock
from webapp.platform.db import db

LANGUAGES = [SelectChoice("en", "English"), SelectChoice("zh", "中文")]
SHARING = [
    SelectChoice(
        "yes", _("They may also teach the common model: every studio's drafts get better, yours too.")
    ),
    SelectChoice("no", _("They teach only our own model; no other studio gains from them.")),
]
ROLES = [
    SelectChoice(MemberRole.TEACHER.value, _("Teacher: lessons, drawings, comments")),
    SelectChoice(MemberRole.OWNER.value, _("Owner: the studio itself too, its people and keys")),
]


def _strip(text: str | None) -> str:
    return (text or "").strip()


class StudioFields:
    """What a studio says of itself. Its sharing choice has no preselected answer."""

    studio_name = StringField(
        _("Name of the studio"), [DataRequired(_("Give your studio a name.")), Length(max=120)], [_strip]
    )
    studio_language = SelectField(_("Language of the comments"), choices=LANGUAGES)
    time_zone = StringField(
        _("Time zone"),
        [DataRequired(_("Choose a time zone."))],
        default=lambda: current_app.config["SETTINGS"].time_zone,
    )
    sharing = RadioField(
        _("What may learn from your comments?"),
        [InputRequired(_("Please choose one; you can change it later."))],
        choices=SHARING,
    )

    def validate_time_zone(self, field: Any) -> None:
        if field.data not in available_timezones():
            raise ValidationError(_("There is no such time zone; choose one such as Europe/London."))

    def studio_values(self: Any) -> dict[str, Any]:
        """As ``open_studio`` takes them."""
        return studio_values(self.data)


def studio_values(data: dict[str, Any]) -> dict[str, Any]:
    """What the fields of ``StudioFields`` say, as ``open_studio`` takes it."""
    return {
        "name": data["studio_name"],
        "language": Language(data["studio_language"]),
        "time_zone": data["time_zone"],
        "teaches_common": data["sharing"] == "yes",
    }


class SignUpForm(StudioFields, RegisterFormV2):
    """A person, and their studio; whoever comes with an invitation needs no studio."""

    name = StringField(_("Your name"), [DataRequired(_("Tell us your name.")), Length(max=120)], [_strip])
    invitation = HiddenField()
    language = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = "zh" if str(get_locale()).startswith("zh") else "en"
        self.language.data = Language(here)
        if not self.is_submitted():
            self.studio_language.data = here
            self.invitation.data = session.get("invitation", "")
        self.invited = find(db.session, clock.now(), self.invitation.data or "")
        if self.invited:
            for name in ("studio_name", "studio_language", "time_zone", "sharing"):
                del self[name]


class StudioForm(StudioFields, FlaskForm):
    """The studio's own page, and the one for a person without a studio."""

    photo_months = IntegerField(
        _("Keep photos for so many months"),
        [InputRequired(), NumberRange(1, 120, _("Between 1 and 120 months."))],
        default=12,
    )


class AccountForm(FlaskForm):
    """How colleagues see a person, and the language of their pages."""

    name = StringField(_("Your name"), [DataRequired(_("Tell us your name.")), Length(max=120)], [_strip])
    language = SelectField(
        _("Language of these pages"), choices=[SelectChoice("", _("As my browser asks")), *LANGUAGES]
    )


class InvitationForm(FlaskForm):
    """Whom to invite, and as what."""

    email = EmailField(
        _("E-mail address"),
        [DataRequired(), Email(_("This is not an e-mail address.")), Length(max=255)],
        [_strip],
    )
    role = RadioField(_("As"), choices=ROLES, default=MemberRole.TEACHER.value)


class KeyForm(FlaskForm):
    """What a key is for."""

    name = StringField(
        _("What is the key for?"), [DataRequired(_("Say what it is for.")), Length(max=80)], [_strip]
    )
