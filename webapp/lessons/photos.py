"""A photo as it comes in, and the images kept of a drawing."""

import hashlib
import io
from dataclasses import dataclass
from functools import partial

from PIL import Image

from drafting.measure.opening import open_photo

PHOTO, DRAWING, OVERLAY, THUMB = "photo.jpg", "drawing.webp", "overlay.webp", "thumb.webp"
"""Names under ``photo_key``: the upright photo; the drawing cut out of it; what was measured; a small one
for lists.
"""

MIME = {PHOTO: "image/jpeg", DRAWING: "image/webp", OVERLAY: "image/webp", THUMB: "image/webp"}
THUMB_SIDE = 360


@dataclass(frozen=True)
class Photo:
    """``sha256`` is of the file as sent, so that the same file is known again; ``jpeg`` is what is kept of
    it.
    """

    sha256: str
    jpeg: bytes


def take_in(data: bytes) -> Photo:
    """The photo upright and re-encoded from its pixels alone, so that no place, time or device stays in it.

    Raises ``drafting.measure.PhotoRefused``.
    """
    pixels = open_photo(data)
    return Photo(hashlib.sha256(data).hexdigest(), _encode(Image.fromarray(pixels), "JPEG", quality=92))


def images_of(image: Image.Image, overlay: Image.Image) -> dict[str, bytes]:
    """The files kept of a measured drawing, by name."""
    thumb = image.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE))
    webp = partial(_encode, kind="WEBP")
    return {
        DRAWING: webp(image, quality=88),
        OVERLAY: webp(overlay, lossless=True),
        THUMB: webp(thumb, quality=80),
    }


def _encode(image: Image.Image, kind: str, **options: int | bool) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
