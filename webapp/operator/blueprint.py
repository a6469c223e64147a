"""The room's blueprint, on which its pages are registered."""

from flask import Blueprint

bp = Blueprint("operator", __name__, template_folder="templates")
