"""The lessons room's pages."""

from flask import Blueprint

bp = Blueprint("lessons", __name__, template_folder="templates", url_prefix="/lessons")
