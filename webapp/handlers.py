"""Which function does which kind of job, and which is told when a job is given up. Only workers import
this.
"""

from collections.abc import Mapping

from webapp import chores, demo
from webapp.lessons import measuring, writing
from webapp.money import work
from webapp.platform.worker import GivenUp, Handler
from webapp.school import nights

HANDLERS: Mapping[str, Handler] = {
    # What is short, and lets a teacher go on, comes before what is long.
    "measure": measuring.measure,
    "sentence": writing.rewrite_sentence,
    "erase": measuring.erase_files,
    "demo": demo.draw_one,
    "draft": writing.draft,
    "prepare": chores.prepare,
    "daily": chores.daily,
    "night": nights.night,
    "stripe": work.look,
    "letters": work.write_letters,
    "reconcile": work.compare,
}
"""In the order in which workers claim."""

GIVEN_UP: Mapping[str, GivenUp] = {
    "measure": measuring.measuring_failed,
    "draft": writing.drafting_failed,
    "sentence": writing.rewriting_failed,
    "night": nights.night_failed,
}
