"""A worker in a process of its own, for tests: notes every job that it does in the audit trail.

``python -m tests.webapp.platform.labourer HOME DATABASE_URL BROKER_URL QUEUE SECONDS_PER_JOB POLL_SECONDS``
"""

import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tests.conftest import make_settings
from webapp.app import create_app
from webapp.platform import jobs, worker
from webapp.platform.tables import Audit, Job
from webapp.platform.worker import Worker


def main() -> None:
    home, database, broker, queue, seconds, poll = sys.argv[1:]
    jobs.LEASE = timedelta(seconds=1.5)
    worker.HEARTBEAT_SECONDS = 0.2
    worker.POLL_SECONDS = float(poll)

    def note(some: Sequence[Job], worker: Worker) -> None:
        for job in some:
            time.sleep(float(seconds))
            with worker.finishing(job) as session:
                session.add(Audit(at=job.created_at, action=worker.name, target=job.key))

    settings = make_settings(Path(home), database_url=database, broker_url=broker)
    Worker(create_app(settings), queue, {"note": note, "daily": note}).run()


if __name__ == "__main__":
    main()
