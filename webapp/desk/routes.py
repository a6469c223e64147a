"""The desk room's pages."""

from flask import Blueprint

bp = Blueprint("desk", __name__, template_folder="templates", url_prefix="/desk")
