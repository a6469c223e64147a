"""The sandbox as a process."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from billing.sandbox.app import create_app


class Handler(WSGIRequestHandler):
    """Keeps connections open, and writes no line for every request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Nothing."""


HOST = "127.0.0.1"


def serve(home: Path, port: int) -> None:
    """Serve on this machine until SIGINT or SIGTERM. Port 0 takes a free one; the line printed names it."""
    app, sandbox = create_app(home)
    server = make_server(HOST, port, app, threaded=True, request_handler=Handler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    sandbox.origin = f"http://{HOST}:{server.port}"
    sandbox.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # the server ends its loop for it
    print(f"sandbox: {sandbox.origin}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        sandbox.stop()


@contextmanager
def answering(home: Path, port: int) -> Iterator[str]:
    """Answer in this process while the block runs, at the address given. Nothing falls due and no webhook
    leaves meanwhile: this is for setting the sandbox up before those are there whom it would tell.
    """
    app, sandbox = create_app(home)
    server = make_server(HOST, port, app, threaded=True, request_handler=Handler)
    sandbox.origin = f"http://{HOST}:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield sandbox.origin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        sandbox.store.close()
