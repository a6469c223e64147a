"""The pages of the accounts room."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.platform.access import signed_in

bp = Blueprint("accounts", __name__, template_folder="templates")


@bp.get("/studio/new")
@signed_in
def new_studio() -> ResponseReturnValue:
    return render_template("accounts/new_studio.html")
