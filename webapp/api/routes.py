"""The api room's pages."""

from flask import Blueprint

bp = Blueprint("api", __name__, template_folder="templates", url_prefix="/api/v1")
