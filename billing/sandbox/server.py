"""The sandbox as a process."""

import signal
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from billing.sandbox.app import create_app


class Handler(WSGIRequestHandler):
    """Keeps connections open, and writes no line for every request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Nothing."""


def serve(home: Path, port: int) -> None:
    """Serve on this machine until SIGINT or SIGTERM. Port 0 takes a free one; the line printed names it."""
    app, sandbox = create_app(home)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Handler)
    server.daemon_threads = True  # type: ignore[attr-defined]
    sandbox.origin = f"http://127.0.0.1:{server.port}"
    sandbox.start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # the server ends its loop for it
    print(f"sandbox: http://127.0.0.1:{server.port}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        sandbox.stop()
