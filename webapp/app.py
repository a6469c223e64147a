"""The composition root: everything is built here, once, from the settings."""

import importlib
from datetime import timedelta
from typing import Any

from flask import Flask, abort, g, redirect, request, session, url_for
from flask_babel import Babel
from flask_security import Security, SQLAlchemyUserDatastore, current_user
from flask_wtf.csrf import CSRFProtect
from sqlmodel import select

from webapp.accounts.security import security
from webapp.accounts.tables import Membership, Role, Studio, User, WebAuthn
from webapp.platform import access
from webapp.platform.db import db, reading, tune_sqlite
from webapp.platform.settings import Settings
from webapp.platform.storage import Storage

ROOMS = ("front", "accounts", "lessons", "desk", "api")
"""Each is a package with ``routes.py`` (a blueprint ``bp``), templates and translations of its own."""

csrf = CSRFProtect()


def create_app(settings: Settings) -> Flask:
    """The web application; also the context in which the workers run."""
    app = Flask(__name__)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret("secret_key"),
        SQLALCHEMY_ENGINES={"default": settings.database},
        MAX_CONTENT_LENGTH=settings.max_photo_mb * settings.max_photos * 1_000_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        **security(settings),
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    db.init_app(app)
    with app.app_context():
        tune_sqlite(db.engine)
    app.extensions["storage"] = Storage.open(settings.storage)
    csrf.init_app(app)
    folders = ["translations", *(f"{room}/translations" for room in ROOMS)]
    Babel(app, default_translation_directories=";".join(folders), locale_selector=_locale)
    for room in ROOMS:  # before Flask-Security, so that our templates/security/* are found first
        app.register_blueprint(importlib.import_module(f"webapp.{room}.routes").bp)
    Security(app, SQLAlchemyUserDatastore(db, User, Role, WebAuthn))
    app.before_request(_guard)
    app.teardown_request(lambda _error: reading.set(False))
    return app


def _locale() -> str:
    """The person's choice, else this visit's, else the browser's."""
    chosen = session.get("language") or (current_user.is_authenticated and current_user.language)
    return str(chosen or request.accept_languages.best_match(["en", "zh"], "en"))


def _guard() -> Any:
    """Let the request through to its view, or not. Runs before every view."""
    reading.set(request.method in ("GET", "HEAD", "OPTIONS") and request.blueprint != "security")
    view = request.endpoint and _view(request.endpoint)
    if view is None:
        return None  # no such page: Flask answers 404 or 405
    rule = getattr(view, "access", "member")
    if rule == "public" or request.endpoint == "static" or request.blueprint == "security":
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("security.login", next=request.full_path))
    if rule == "signed_in":
        return None
    row = db.session.exec(
        select(Membership, Studio)
        .join(Studio, Studio.id == Membership.studio_id)  # type: ignore[arg-type]
        .where(Membership.user_id == current_user.id)
        .order_by((Studio.id == session.get("studio", "")).desc(), Membership.created_at)  # type: ignore[attr-defined, arg-type]
    ).first()
    if row is None:
        return redirect(url_for("accounts.new_studio"))
    access.enter(*row)
    g.language = row[1].language
    return None if access.may(rule) else abort(403)


def _view(endpoint: str) -> Any:
    from flask import current_app

    return current_app.view_functions.get(endpoint)
