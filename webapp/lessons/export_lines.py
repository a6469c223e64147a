"""Breaking text into lines, Chinese and English alike."""

import re
from collections.abc import Callable

# What must not begin a line (closing marks), and what must not end one (opening marks).
_CLOSING = "，。！？；：、）》」』】〉”’…—～·,.!?;:)]}%"
_OPENING = "（《「『【〈“‘([{"
_PIECE = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[^\s\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]+|\S)"
    rf"[{re.escape(_CLOSING)}]*\s*"
)


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Lines of at most ``width`` by ``measure``; a line break in the text stays one.

    Chinese may break between any two characters, English between words only, and neither before a closing
    mark or after an opening one. A single word that is too wide stands alone and juts out.
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _PIECE.findall(paragraph):
            if line and measure((line + piece).rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
            line += piece
        lines.append(line.rstrip())
    return lines
