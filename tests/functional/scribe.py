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
TEXT = {
    "en": "{student}, your %s lines, %s shapes and %s colours belong together. "
    "What would a %s corner look like beside a %s and a %s one?",
    "zh": "{student}，%s的线条、%s的形状和%s的颜色很合得来。如果一个%s的角落挨着%s的和%s的，会是什么样子？",
}
CHINESE = re.compile("[一-鿿]")


@contextmanager
def scribe() -> Iterator[str]:
    """The base's name, as the settings take it, of such a server while it runs."""
    turns = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            language = "zh" if CHINESE.search(json.dumps(body["messages"], ensure_ascii=False)) else "en"
            how, turn = HOW[language], next(turns)
            words = [how[turn // place % 10] for place in (1, 10, 100, 10, 100, 1)]
            text = TEXT[language] % tuple(words)  # a thousand, and no two share a sentence
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
