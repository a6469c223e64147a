"""Where a WSGI server finds the application."""

from flask import Flask

from webapp.app import create_app
from webapp.platform.logs import set_up_logs
from webapp.platform.settings import Settings


def application() -> Flask:
    """For ``gunicorn 'webapp.wsgi:application()'``."""
    set_up_logs()
    return create_app(Settings())
