"""The landing page, the language switch, and the files that our libraries bring for the browser."""

from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, send_file, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_bootstrap import Bootstrap5

from prompts.vocabulary import Language as Words
from webapp.accounts.people import studios_of
from webapp.accounts.tables import Language
from webapp.front import example
from webapp.platform.access import public, signed_in_user
from webapp.platform.db import db

bp = Blueprint("front", __name__)

HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}
"""As in ``<html lang>``: it also decides which forms of the Han characters a browser draws."""


@bp.record_once
def _serve_files(state: BlueprintSetupState) -> None:
    """Bootstrap's files come from our own server, to anyone. Browsers ask again after five minutes."""
    state.app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 300
    state.app.config.setdefault("BOOTSTRAP_SERVE_LOCAL", True)
    Bootstrap5(state.app)
    send: Any = state.app.view_functions["bootstrap.static"]

    def asset(filename: str) -> ResponseReturnValue:
        """One of Bootstrap's files. A function of ours, because a bound method takes no mark."""
        return send(filename=filename)  # type: ignore[no-any-return]

    state.app.view_functions["bootstrap.static"] = public(asset)


@bp.app_context_processor
def _words() -> dict[str, Any]:
    """What every template may use."""
    language = str(get_locale() or "en").partition("_")[0]
    return {
        "language": language,
        "html_lang": HTML_LANGUAGES[language],
        "my_studios": lambda: studios_of(db.session, signed_in_user()),
    }


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """The landing page; whoever is signed in goes to their lessons."""
    if signed_in_user():
        return redirect(url_for("lessons.index"))
    language: Words = _words()["language"]
    return render_template("landing.html", example=example.example(language), joint=" " * (language == "en"))


@bp.get("/example-<any(en, zh):of>.webp")
@public
def example_photo(of: Words) -> ResponseReturnValue:
    """The photo of the landing page's example."""
    path = example.photo(current_app.config["SETTINGS"].home / "cache", of)
    return send_file(path.resolve(), mimetype="image/webp", max_age=86400)


@bp.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Remember the language of the pages: for this visit, and for the person when signed in."""
    chosen = Language(request.form["language"]) if request.form.get("language") in HTML_LANGUAGES else None
    if chosen:
        session["language"] = chosen.value
        if user := signed_in_user():
            user.language = chosen
            db.session.commit()
    return redirect(_back())


@bp.get("/htmx.js")
@public
def htmx() -> ResponseReturnValue:
    """htmx, from the wheel that carries it."""
    path = str(files("django_htmx").joinpath("static/django_htmx/htmx-2.min.js"))
    return send_file(path, mimetype="text/javascript", max_age=86400)


def _back() -> str:
    """The page the request came from, if it was one of ours."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host:
        return url_for("front.home")
    path = "/" + came.path.lstrip("/")  # two slashes would lead to another host
    return path + (f"?{came.query}" if came.query else "")
