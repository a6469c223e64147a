"""Which function does which kind of job, and which is told when a job is given up. Only workers import this."""

from collections.abc import Mapping

from webapp import chores, demo
from webapp.lessons import measuring
from webapp.platform.worker import GivenUp, Handler

HANDLERS: Mapping[str, Handler] = {
    "measure": measuring.measure,
    "erase": measuring.erase_files,
    "prepare": chores.prepare,
    "daily": chores.daily,
    "demo": demo.draw_one,
}

GIVEN_UP: Mapping[str, GivenUp] = {
    "measure": measuring.measuring_failed,
}
