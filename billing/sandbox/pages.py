"""The pages that a person sees."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
