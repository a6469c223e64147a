"""The desk's blueprint, apart from its routes so that several modules can add to it."""

from flask import Blueprint

bp = Blueprint("desk", __name__, template_folder="templates", url_prefix="/desk")
