"""The lessons room's blueprint, apart from its routes so that several modules can add to it."""

from typing import Any

from flask import Blueprint
from flask_babel import get_locale

from webapp.lessons.reasons import reason
from webapp.lessons.tables import Drawing

bp = Blueprint("lessons", __name__, template_folder="templates")


@bp.context_processor
def _words() -> dict[str, Any]:
    """``reason(drawing)`` in templates: why it stopped, in the reader's language."""

    def why(drawing: Drawing) -> str:
        return reason(drawing, "zh" if str(get_locale()).startswith("zh") else "en")

    return {"reason": why}
