"""How people sign in: Flask-Security, with our pages, letters and limits."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, request, session
from flask_babel import lazy_gettext as _
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security, SQLAlchemyUserDatastore, user_authenticated, user_registered
from flask_security.signals import password_changed, password_reset, tf_disabled, tf_profile_changed
from flask_security.utils import aware_utcnow

from webapp.accounts import invitations, people
from webapp.accounts.forms import SignUpForm, studio_values
from webapp.accounts.seats import NoSeatError
from webapp.accounts.tables import Role, User, WebAuthn
from webapp.platform import audit, clock
from webapp.platform.db import db
from webapp.platform.mail import Postbox
from webapp.platform.settings import Settings

LIMITS = {  # endpoint → how often a POST is taken from one address
    "security.login": "20 per minute; 100 per hour",
    "security.register": "10 per hour",
    "security.forgot_password": "10 per hour",
    "security.send_confirmation": "10 per hour",
    "security.two_factor_token_validation": "20 per minute; 60 per hour",
    "security.mf_recovery": "10 per hour",
    "security.wan_signin_response": "20 per minute",
}
GUESSES = "30 per hour"
"""How many passwords may be tried for one e-mail address, from anywhere."""


def set_up_security(app: Flask, settings: Settings, limiter: Limiter) -> None:
    """Sign-up, sign-in, confirmation, reset, second factor, passkeys, recovery codes."""
    https = settings.base_url.startswith("https://")
    cookie = {"httponly": True, "secure": https, "samesite": "Strict"}
    chosen = {
        "PASSWORD_SALT": settings.secret("password_salt"),
        "PASSWORD_LENGTH_MIN": 10,
        "PASSWORD_CONFIRM_REQUIRED": False,
        "TOTP_SECRETS": {"1": settings.secret("totp_key")},
        "I18N_DIRNAME": ["builtin", str(Path(__file__).parent / "translations")],  # ours win
        "TOTP_ISSUER": "Vermilion",
        "DATETIME_FACTORY": aware_utcnow,  # our tables hold aware times only
        "RETURN_GENERIC_RESPONSES": True,
        "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},  # asks nobody outside
        "REGISTERABLE": True,
        "CONFIRMABLE": True,
        "RECOVERABLE": True,
        "CHANGEABLE": True,
        "CHANGE_EMAIL": True,
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_ALWAYS_VALIDATE": False,
        "TWO_FACTOR_VALIDITY_COOKIE": cookie,
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "WEBAUTHN": True,
        "WAN_RP_NAME": "Vermilion",
        "WAN_ALLOW_USER_HINTS": False,  # a hint would tell a stranger which addresses have passkeys
        "EMAIL_HTML": False,
        "FRESHNESS": timedelta(hours=1),
        "FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "REGISTER_URL": "/sign-up",
        "RESET_URL": "/password/reset",
        "CHANGE_URL": "/password/change",
        "CONFIRM_URL": "/confirm",
        "VERIFY_URL": "/again",
        "CHANGE_EMAIL_URL": "/email/change",
        "CHANGE_EMAIL_CONFIRM_URL": "/email/confirm",
        "TWO_FACTOR_SETUP_URL": "/second-factor",
        "TWO_FACTOR_TOKEN_VALIDATION_URL": "/second-factor/code",
        "TWO_FACTOR_SELECT_URL": "/second-factor/choose",
        "TWO_FACTOR_RESCUE_URL": "/second-factor/rescue",
        "MULTI_FACTOR_RECOVERY_CODES_URL": "/recovery-codes",
        "MULTI_FACTOR_RECOVERY_URL": "/second-factor/recovery",
        "WAN_REGISTER_URL": "/passkeys",
        "WAN_DELETE_URL": "/passkeys/delete",
        "WAN_SIGNIN_URL": "/sign-in/passkey",
        "WAN_VERIFY_URL": "/again/passkey",
        "POST_LOGIN_VIEW": "lessons.index",
        "POST_REGISTER_VIEW": ".login",
        "POST_CONFIRM_VIEW": ".login",
        "POST_CHANGE_VIEW": "accounts.account",
        "POST_CHANGE_EMAIL_VIEW": "accounts.account",
        # Also of the letter to an address that has an account already: it fits both.
        "EMAIL_SUBJECT_REGISTER": _("Your sign-up for Vermilion"),
        "EMAIL_SUBJECT_CONFIRM": _("Confirm your address for Vermilion"),
        "EMAIL_SUBJECT_PASSWORD_RESET": _("A new password for Vermilion"),
        "EMAIL_SUBJECT_PASSWORD_NOTICE": _("Your password for Vermilion was changed"),
        "EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": _("Your password for Vermilion was changed"),
        "CHANGE_EMAIL_SUBJECT": _("Confirm your new address for Vermilion"),
        "MSG_CONFIRM_REGISTRATION": (
            _("Almost there: open the letter that we sent to %(email)s. It says how to go on."),
            "letter",
        ),
        "MSG_EMAIL_CONFIRMED": (_("Your address is confirmed. Welcome! Now sign in."), "success"),
        "MSG_GENERIC_AUTHN_FAILED": (
            _("The address or the password is not right, or the address is not confirmed yet."),
            "error",
        ),
    }
    app.config.update({f"SECURITY_{name}": value for name, value in chosen.items()})
    Security(
        app,
        SQLAlchemyUserDatastore(db, User, Role, WebAuthn),
        register_form=SignUpForm,
        mail_util_cls=Postbox,
    )
    views: dict[str, Any] = app.view_functions
    for endpoint, limit in LIMITS.items():
        views[endpoint] = limiter.limit(limit, methods=["POST"])(views[endpoint])
    guesses = limiter.limit(GUESSES, key_func=_address, methods=["POST"])
    views["security.login"] = guesses(views["security.login"])
    _listen(app)


def _address() -> str:
    """The e-mail address that tries to sign in, sent as a form or as JSON; a limit without a key counts
    nothing.
    """
    sent = request.get_json(silent=True) if request.is_json else request.form
    email = sent.get("email") if isinstance(sent, Mapping) else None
    return str(email or "").strip().lower() or get_remote_address()


def _listen(app: Flask) -> None:
    """Complete a sign-up with its studio, and write what matters into the audit trail."""

    @user_registered.connect_via(app, weak=False)
    def _registered(_app: Flask, user: User, form_data: dict[str, Any], **_rest: Any) -> None:
        db.session.flush()
        now = clock.now()
        if found := invitations.find(db.session, now, form_data.get("invitation") or ""):
            with suppress(NoSeatError):  # the last seat went a moment ago: once signed in they see that
                people.accept(db.session, now, *found, user)
                session.pop("invitation", None)
        else:
            people.open_studio(db.session, now, user, **studio_values(form_data))
            session.pop("invitation", None)
        audit.note(db.session, now, "person.signed_up", target=user.id, user_id=user.id)

    @user_authenticated.connect_via(app, weak=False)
    def _signed_in(_app: Flask, user: User, **_rest: Any) -> None:
        audit.note(db.session, clock.now(), "person.signed_in", target=user.id, user_id=user.id)

    changes = {
        password_changed: "password.changed",
        password_reset: "password.reset",
        tf_profile_changed: "second_factor.set",
        tf_disabled: "second_factor.removed",
    }
    for signal, action in changes.items():

        def _changed(_app: Flask, user: User, _action: str = action, **_rest: Any) -> None:
            audit.note(db.session, clock.now(), _action, target=user.id, user_id=user.id)

        signal.connect(_changed, sender=app, weak=False)
