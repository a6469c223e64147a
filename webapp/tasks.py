"""What a worker does when a message comes: each task is one line over a tested function.

Only workers import this; whoever sends a task knows its name alone.
"""

from celery import shared_task
from flask import current_app

from webapp import chores
from webapp.platform import clock, queue, worker
from webapp.platform.db import db


@shared_task(name=queue.WAKE)
def wake() -> None:
    """Look at the job table."""
    worker.bell.set()


@shared_task(name=queue.TICK)
def tick() -> None:
    """A minute has passed: enqueue what is due."""
    with db.new_session() as session:
        chores.tick(session, clock.now(), current_app.config["SETTINGS"])
        session.commit()
