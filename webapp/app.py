"""The composition root: everything is built here, once, from the settings."""

import importlib
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_babel import Babel, get_locale
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.accounts.security import set_up_security
from webapp.accounts.tables import Language
from webapp.api import keys
from webapp.platform import access
from webapp.platform.clock import set_up_clock
from webapp.platform.db import db, reading, tune_sqlite
from webapp.platform.errors import set_up_errors
from webapp.platform.headers import set_up_headers
from webapp.platform.mail import set_up_mail
from webapp.platform.settings import Settings
from webapp.platform.storage import Storage

ROOMS = ("front", "platform", "accounts", "lessons", "desk", "money", "operator", "api")
"""Each is a package with ``routes.py`` (a blueprint ``bp``), templates and translations of its own."""

csrf = CSRFProtect()


def create_app(settings: Settings) -> Flask:
    """The web application; also the context in which the workers run."""
    app = Flask(__name__)
    https = settings.base_url.startswith("https://")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret("secret_key"),
        SQLALCHEMY_ENGINES={"default": settings.database},
        MAX_CONTENT_LENGTH=settings.max_photo_mb * settings.max_photos * 1_000_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_NAME="vermilion",
        SESSION_COOKIE_SECURE=https,
        REMEMBER_COOKIE_DURATION=timedelta(days=30),
        REMEMBER_COOKIE_SECURE=https,
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SAMESITE="Lax",
        RATELIMIT_STORAGE_URI=settings.limiter_url,
        RATELIMIT_HEADERS_ENABLED=True,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a teacher may leave a page open over lunch
        COMPRESS_STREAMS=False,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        tune_sqlite(db.engine)
    app.extensions["storage"] = Storage.open(settings.storage)
    set_up_clock(app, settings)
    csrf.init_app(app)
    set_up_errors(app)
    set_up_headers(app, settings)
    set_up_mail(app, settings)
    Compress(app)
    folders = ["translations", *(f"{room}/translations" for room in ROOMS)]
    Babel(
        app,
        default_translation_directories=";".join(folders),
        locale_selector=_locale,
        timezone_selector=_time_zone,
    )
    for room in ROOMS:  # before Flask-Security, so that our templates/security/* are found first
        app.register_blueprint(importlib.import_module(f"webapp.{room}.routes").bp)
    limiter = Limiter(get_remote_address, app=app)
    set_up_security(app, settings, limiter)
    csrf.exempt(app.blueprints["api"])  # its callers send a key on purpose, and a cookie opens nothing there
    csrf.exempt("webapp.money.hook.stripe_hook")  # Stripe signs what it sends
    limiter.limit(keys.OFTEN, key_func=keys.caller)(app.blueprints["api"])  # type: ignore[call-overload]
    app.before_request(_guard)
    app.after_request(_say_language)
    app.teardown_request(_forget)
    return app


def _locale() -> str:
    """The person's choice, else this visit's, else the browser's."""
    chosen = session.get("language") or (current_user.is_authenticated and current_user.language)
    return Language(str(chosen or request.accept_languages.best_match(["en", "zh"], "en"))).locale


def _time_zone() -> str | None:
    """Times are shown as the studio's clocks show them, to an operator as the operator's do."""
    if request and request.blueprint == "operator":
        return str(current_app.config["SETTINGS"].time_zone)
    return g.studio.time_zone if "studio" in g else None


def _guard() -> Any:
    """Let the request through to its view, or not. Runs before every view."""
    reading.set(request.method in ("GET", "HEAD", "OPTIONS") and request.blueprint != "security")
    view: Any = request.endpoint and access.view_of(request.endpoint)
    if view is None:
        return None  # no such page: Flask answers 404 or 405
    rule = access.rule_of(request.endpoint or "")
    if rule == "public":
        return None
    if request.blueprint == "api":
        return keys.enter()
    if not current_user.is_authenticated:
        if request.method != "GET" or request.headers.get("HX-Request"):
            return abort(401)
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if rule == "signed_in":
        access.enter_first(session.get("studio", ""))
        return None
    if rule == "operator":
        access.enter_first(session.get("studio", ""))
        return None if current_user.is_operator else abort(404)
    if not access.enter_first(session.get("studio", "")):
        return redirect(url_for("operator.school" if current_user.is_operator else "accounts.new_studio"))
    return None if access.may(rule) else abort(403)


def _say_language(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = "zh-Hans" if str(get_locale()).startswith("zh") else "en"
        response.vary.update(["Cookie", "Accept-Language"])
    return response


def _forget(_error: BaseException | None) -> None:
    reading.set(False)
    structlog.contextvars.clear_contextvars()
