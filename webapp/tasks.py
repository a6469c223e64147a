"""What a worker does when a message comes: each task is one line over a tested function.

Only workers import this; whoever sends a task knows its name alone.
"""

import structlog
from celery import shared_task
from flask import current_app
from sqlalchemy.exc import OperationalError

from webapp import chores
from webapp.platform import clock, queue, worker
from webapp.platform.db import db, is_busy

log = structlog.get_logger()


@shared_task(name=queue.WAKE)
def wake() -> None:
    """Look at the job table."""
    worker.bell.set()


@shared_task(name=queue.TICK)
def tick() -> None:
    """A minute has passed: enqueue what is due. A busy database leaves it to the next one."""
    try:
        with db.new_session() as session:
            chores.tick(session, clock.now(), current_app.config["SETTINGS"])
            session.commit()
    except OperationalError as error:
        if not is_busy(error):
            raise
        log.info("tick_left_out", why="busy")
