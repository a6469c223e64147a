"""What browsers are told: only our own scripts and styles, no frames, camera and microphone for us alone."""

from flask import Flask
from flask_talisman import Talisman

from webapp.platform.settings import Settings

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",  # data: Bootstrap's icons and the QR code; blob: previews before upload
    "connect-src": "'self'",
    "font-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


PAY_PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com", "https://invoice.stripe.com")


def set_up_headers(app: Flask, settings: Settings) -> None:
    """Strict headers on every response."""
    # Browsers hold a form to this on the way of its redirects too, and buying is a form that leads to Stripe.
    pay_pages = [settings.stripe_address] if settings.stripe_address else PAY_PAGES
    forms = ["'self'", *(pay_pages if settings.stripe_key else ())]
    https = settings.base_url.startswith("https://")
    Talisman(
        app,
        content_security_policy={**POLICY, "form-action": " ".join(forms)},
        permissions_policy={
            "camera": "(self)",
            "microphone": "(self)",
            "geolocation": "()",
            "browsing-topics": "()",
            "publickey-credentials-get": "(self)",
            "publickey-credentials-create": "(self)",
        },
        force_https=False,  # the proxy in front does that, where there is one
        strict_transport_security=https,
        session_cookie_secure=https,
        session_cookie_samesite="Lax",
        referrer_policy="same-origin",
        frame_options="DENY",
    )
