"""A model server that writes comments without a model, in the language it is asked in."""

import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOW = {
    "en": ("gentle", "bold", "quiet", "lively", "round", "playful", "brave", "steady", "soft", "eager"),
    "zh": ("温柔", "大胆", "安静", "活泼", "圆润", "俏皮", "勇敢", "沉稳", "柔和", "热切"),
}
FIRST = {
    "en": "{student}, your %s lines and %s shapes belong together.",
    "zh": "{student}，%s的线条和%s的形状很合得来。",
}
THEN = {
    "en": (
        "It makes me want to come closer and stay a while.",
        "I like how calmly everything finds its place.",
        "One can see how long you looked before you drew.",
    ),
    "zh": ("让人想走近多看一会儿。", "一切都安安静静地待在自己的位置上。", "看得出你画之前看了很久。"),
}
CHINESE = re.compile("[一-鿿]")


@contextmanager
def scribe() -> Iterator[str]:
    """The base's name, as the settings take it, of such a server while it runs."""
    turns = {language: itertools.product(THEN[language], HOW[language], HOW[language]) for language in HOW}
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            language = "zh" if CHINESE.search(json.dumps(body["messages"], ensure_ascii=False)) else "en"
            with lock:
                then, line, shape = next(turns[language])
            between = " " if language == "en" else ""
            text = FIRST[language] % (line, shape) + between + then
            self._answer({"choices": [{"message": {"role": "assistant", "content": text}}]})

        def _answer(self, said: dict[str, Any]) -> None:
            raw = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1#scribe"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
