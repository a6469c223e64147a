"""The serif that prints both languages: Noto Serif CJK, as the system has it."""

from functools import cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
SIMPLIFIED = 2
"""Index of Simplified Chinese in Noto's collections (``.ttc``)."""


class FontMissingError(Exception):
    """The font is not installed: PDFs and cards cannot be made."""

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} is not installed. On Debian or Ubuntu: apt install fonts-noto-cjk")


@cache
def serif(*, bold: bool = False) -> Path:
    """The font's file. Raises FontMissingError."""
    file = f"NotoSerifCJK-{'Bold' if bold else 'Regular'}.ttc"
    for folder in FOLDERS:
        for path in sorted(folder.rglob(file)) if folder.is_dir() else ():
            return path
    raise FontMissingError(file)


@cache
def face(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The font for drawing on images, ``size`` in pixels."""
    return ImageFont.truetype(serif(bold=bold), size, index=SIMPLIFIED)
