"""How fast measuring is, against what nobody can do without: Pillow's decoding of the same photo."""

import io
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from drafting import samples
from drafting.measure.measuring import measure

MEGAPIXELS = (2, 5, 12)
ROUNDS = 15


def bench_measure() -> dict[str, Any]:
    """Photos a second by megapixels, and ``ratio``: measuring's time over that of Pillow's plain decode.

    The best of several rounds of each, taken in turn in this process: a busy machine slows both alike.
    """
    drawing = samples.draw("my-garden", 0)
    return {"measure": {str(size): _against_decoding(drawing, size) for size in MEGAPIXELS}}


def _against_decoding(drawing: samples.Sample, megapixels: int) -> dict[str, float]:
    photo = samples.photograph(drawing, 0, megapixels=megapixels, turn=4).data
    measure(photo)
    decoding, measuring = [], []
    for _ in range(ROUNDS):
        decoding.append(_seconds(lambda: Image.open(io.BytesIO(photo)).load()))
        measuring.append(_seconds(lambda: measure(photo)))
    return {
        "photos_per_second": round(1 / min(measuring), 2),
        "pillow_photos_per_second": round(1 / min(decoding), 2),
        "ratio": round(min(measuring) / min(decoding), 2),
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
