"""A model on a server, played by a small server of the standard library."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from drafting.bases import BaseError
from drafting.write import Request, WriterError, open_writer
from drafting.write.remote import RemoteWriter
from prompts import Rendered

Answer = Callable[[int, dict[str, Any]], tuple[int, Any]]
RENDERED = Rendered(({"role": "user", "content": "Things: cat."},), "Things: cat.", ("\n",))


class Server:
    """Answers as the test says; keeps what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        lock = threading.Lock()
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    number = len(kept.bodies)
                    kept.bodies.append(body)
                    kept.keys.append(self.headers.get("Authorization"))
                    kept.paths.append(self.path)
                status, said = answer(number, body)
                raw = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._http.server_port}/v1"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    servers: list[Server] = []

    def start(answer: Answer) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drafting.write.remote._FIRST_WAIT", 0.001)


def said(text: str) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": text}}]}


def test_each_candidate_is_asked_for_with_its_own_seed(serve: Callable[[Answer], Server]) -> None:
    server = serve(lambda number, body: (200, said(f"seed {body['seed']}")))
    with RemoteWriter(server.address, "qwen", key="k-1") as writer:
        texts = writer.write(
            [Request(RENDERED, "en", seed=10), Request(RENDERED, "en", seed=20)], 2, longest=50
        )
    assert [[one.text for one in group] for group in texts] == [
        ["seed 10", "seed 11"],
        ["seed 20", "seed 21"],
    ]
    assert set(server.keys) == {"Bearer k-1"}
    assert set(server.paths) == {"/v1/chat/completions"}
    body = server.bodies[0]
    assert (body["model"], body["max_tokens"], body["stop"]) == ("qwen", 50, ["\n"])
    assert body["messages"] == [{"role": "user", "content": "Things: cat."}]


def test_the_image_goes_along_until_the_server_says_that_its_model_sees_none(
    serve: Callable[[Answer], Server],
) -> None:
    def blind(number: int, body: dict[str, Any]) -> tuple[int, Any]:
        if isinstance(body["messages"][-1]["content"], list):
            return 400, {"error": {"message": "this model does not support image input"}}
        return 200, said("a cat")

    seeing = serve(lambda number, body: (200, said("a cat")))
    request = Request(RENDERED, "en", image=b"\xff\xd8jpeg")
    with RemoteWriter(seeing.address, "eyes") as writer:
        writer.write([request], 1)
    text, image = seeing.bodies[0]["messages"][-1]["content"]
    assert text == {"type": "text", "text": "Things: cat."}
    assert image["image_url"]["url"] == "data:image/jpeg;base64,/9hqcGVn"

    server = serve(blind)
    with RemoteWriter(server.address, "text") as writer:
        assert writer.write([request], 1)[0][0].text == "a cat"
        writer.write([request], 1)
    assert len(server.bodies) == 3  # the second drawing went without at once


def test_a_busy_server_is_asked_again(serve: Callable[[Answer], Server]) -> None:
    server = serve(lambda number, body: (503, {}) if number < 2 else (200, said("at last")))
    with RemoteWriter(server.address, "m") as writer:
        assert writer.write([Request(RENDERED, "en")], 1)[0][0].text == "at last"
    assert len(server.bodies) == 3


@pytest.mark.parametrize(
    ("status", "answer", "message", "attempts"),
    [
        (401, {}, "VERMILION_REMOTE_KEY", 1),
        (404, {}, "knows no model", 1),
        (429, {}, "too busy", 4),
        (500, {"error": "boom"}, "500.*boom", 4),
        (200, {"hello": 1}, "no chat completion", 1),
    ],
)
def test_what_cannot_be_mended_by_asking_again_says_what_to_do(
    serve: Callable[[Answer], Server], status: int, answer: Any, message: str, attempts: int
) -> None:
    server = serve(lambda number, body: (status, answer))
    with RemoteWriter(server.address, "m") as writer, pytest.raises(WriterError, match=message):
        writer.write([Request(RENDERED, "en")], 1)
    assert len(server.bodies) == attempts


def test_a_server_that_is_not_there(tmp_path: Any) -> None:
    writer = open_writer("http://127.0.0.1:9/v1#m", home=tmp_path)
    with writer, pytest.raises(WriterError, match="cannot be reached"):  # type: ignore[attr-defined]
        writer.write([Request(RENDERED, "en")], 1)
    with pytest.raises(BaseError, match="on a server takes no adapter"):
        open_writer("http://127.0.0.1:9/v1#m", home=tmp_path, adapter=tmp_path)
