"""How people sign in: Flask-Security's settings."""

from datetime import timedelta
from typing import Any

from flask_security.utils import aware_utcnow

from webapp.platform.settings import Settings


def security(settings: Settings) -> dict[str, Any]:
    """The ``SECURITY_*`` configuration."""
    chosen = {
        "PASSWORD_SALT": settings.secret("password_salt"),
        "TOTP_SECRETS": {"1": settings.secret("totp_key")},
        "TOTP_ISSUER": "Vermilion",
        "DATETIME_FACTORY": aware_utcnow,  # our tables hold aware times only
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "LOGOUT_CSRF": True,
        "FRESHNESS": timedelta(hours=1),
    }
    return {f"SECURITY_{name}": value for name, value in chosen.items()}
