"""A writer on an OpenAI-compatible server."""

import re
import time
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import httpx

from drafting.write.request import Request, Style, Writer, WriterError, Written

_ATTEMPTS = 4
_FIRST_WAIT = 0.5
_AT_ONCE = 4
_PASSING = {408, 409, 425, 429, 500, 502, 503, 504}
# How servers say that a model takes text only.
_BLIND = re.compile(r"image|vision|multimodal|content.{0,30}(?:string|type)", re.IGNORECASE)


class RemoteWriter(Writer):
    """Asks ``POST {address}/chat/completions``. Sends the drawing until the server says that its model sees
    none."""

    prompt = ""
    chat = True
    needs_leading = False

    def __init__(self, address: str, model: str, *, key: str = "", timeout: float = 120.0) -> None:
        """``timeout`` is in seconds and for one answer; ``key`` is sent as a bearer token."""
        self.model = model
        self._url = f"{address.rstrip('/')}/chat/completions"
        self._sees = True
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(timeout=timeout, headers=headers, follow_redirects=False)

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        """See ``Writer``. A few answers are under way at a time; each has its own seed."""
        asked = [(request, request.seed + i) for request in requests for i in range(n)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            texts = list(pool.map(lambda one: self._ask(one[0], one[1], longest, style or Style()), asked))
        written = [Written(text) for text in texts]
        return [written[at : at + n] for at in range(0, len(written), n)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._http.close()

    def _ask(self, request: Request, seed: int, longest: int, style: Style) -> str:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": self._messages(request),
            "max_tokens": longest,
            "temperature": style.temperature,
            "top_p": style.top_p,
            "seed": seed % 2**31,
        }
        # Servers take at most four.
        if request.rendered.stop:
            body["stop"] = list(request.rendered.stop[:4])
        answer = self._post(body)
        if (
            answer.status_code in (400, 415, 422)
            and self._sees
            and request.image
            and _BLIND.search(answer.text)
        ):
            self._sees = False
            answer = self._post(body | {"messages": self._messages(request)})
        if answer.status_code != httpx.codes.OK:
            raise WriterError(_advice(answer, self._url, self.model))
        try:
            return str(answer.json()["choices"][0]["message"]["content"] or "")
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise WriterError(
                f"{self._url} answered something that is no chat completion. Check the address."
            ) from error

    def _messages(self, request: Request) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = [dict(message) for message in request.rendered.messages]
        if request.image and self._sees:
            url = f"data:image/jpeg;base64,{b64encode(request.image).decode()}"
            text = messages[-1]["content"]
            messages[-1]["content"] = [
                {"type": "text", "text": text},
                {"type": "image_url", "image_url": {"url": url}},
            ]
        return messages

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        """Tries again, waiting longer each time, while the server is busy or away."""
        for attempt in range(_ATTEMPTS):
            last = attempt == _ATTEMPTS - 1
            wait = _FIRST_WAIT * 2**attempt
            try:
                answer = self._http.post(self._url, json=body)
            except httpx.TransportError as error:
                if last:
                    raise WriterError(
                        f"The model server {self._url} cannot be reached ({type(error).__name__}). "
                        "Check that it runs, and the address of the base."
                    ) from error
            else:
                if answer.status_code not in _PASSING or last:
                    return answer
                asked = answer.headers.get("retry-after", "")
                wait = min(float(asked), 30.0) if asked.isdigit() else wait
            time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")


def _advice(answer: httpx.Response, url: str, model: str) -> str:
    what = {
        401: "refused the key. Set VERMILION_REMOTE_KEY.",
        403: "refused the key. Set VERMILION_REMOTE_KEY.",
        404: f"knows no model “{model}” or no such address. Check both.",
        429: "is still too busy after several attempts. Try again later.",
    }.get(answer.status_code, f"answered {answer.status_code}: {answer.text[:200]}")
    return f"The model server {url} {what}"
