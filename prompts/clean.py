"""Makes what people typed harmless before it becomes part of a prompt.

A value reaches a template as data, so it can never be template code. What is left to fear is a value that
looks like the end of its own field or turn. Nothing can look like a chat marker without brackets or bars,
like another field without our delimiters, or like another line without a line break: so those characters are
replaced by harmless ones of the same look, and ordinary writing passes unchanged.
"""

import re
import unicodedata

STUDENT = "{student}"

# Characters that chat formats, templates and tokenizers build their markers of. "▁" is SentencePiece's space.
_MARKERS = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
        "|": "/",
        "`": "'",
        "\\": "/",
        "▁": " ",
    }
)
_HEADING = re.compile(r"#{2,}")
# Only so many times the limit is looked at: a pasted book costs no more than a sentence.
_SLACK = 4
_SPACE = re.compile(r"\s+")
# In a field, a clock time keeps its colon; elsewhere a colon would start another field.
_COLON = re.compile(r"\s*[:：](?!(?<=\d:)\d)\s*")
_SEMICOLON = re.compile(r"\s*[;；]+")
_COMMA = re.compile(r"\s*[,，、]+\s*")


def prose(value: str, limit: int) -> str:
    """One line of ordinary writing, for a field that has a line to itself: at most ``limit`` characters.

    The placeholder ``{student}`` is kept, and never cut in two.
    """
    pieces = _SPACE.sub(" ", _printable(value[: _SLACK * limit])).split(STUDENT)
    pieces = [_SPACE.sub(" ", _HEADING.sub("#", piece.translate(_MARKERS))) for piece in pieces]
    return _cut(STUDENT.join(pieces).strip(), limit)


def field(value: str, limit: int) -> str:
    """A short value that shares its line with other fields: no semicolons, no colons but in clock times."""
    line = prose(value, 2 * limit)
    line = _SEMICOLON.sub("，" if "；" in value else ",", _COLON.sub(" – ", line))
    return _cut(_SPACE.sub(" ", line).strip(" –"), limit)


def item(value: str, limit: int) -> str:
    """One entry of a list that is written with commas."""
    return _cut(_COMMA.sub(" ", _SEMICOLON.sub(" ", field(value, 2 * limit))).strip(), limit)


def _printable(value: str) -> str:
    """Composed (NFC), without control, format, surrogate, private and unassigned characters."""
    kept = "".join(
        " " if character.isspace() else character
        for character in value
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return unicodedata.normalize("NFC", kept)


def _cut(line: str, limit: int) -> str:
    if len(line) <= limit:
        return line
    start = line.rfind(STUDENT, 0, limit + len(STUDENT))
    if 0 <= start < limit < start + len(STUDENT):
        limit = start
    return line[:limit].rstrip()
