"""Opens a stranger's file safely: what it is and how much it unpacks to is known before decoding."""

import io
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageCms

from drafting.measure.refusals import PhotoRefused

WORKING_SIDE = 2000  # the longest side worked on: what a 12-megapixel JPEG gives at half scale
LEAST_SIDE = 64
MOST_BYTES = 50_000_000
MOST_PIXELS = 80_000_000
# A photo holds well under 50 pixels a byte, a flat scan some 150. Below the floor, unpacking costs little.
MOST_PIXELS_PER_BYTE = 200
BOMB_FLOOR_PIXELS = 8_000_000

STILL_HEIF = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"}
MOVING_HEIF = {b"hevc", b"hevx", b"msf1"}

TURNS = {  # Exif orientation -> what makes the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_photo(photo: Path | bytes) -> Image.Image:
    """The photo upright, in sRGB, mode RGB, its longest side under twice ``WORKING_SIDE``.

    It carries no metadata that could be saved with it. Raises ``PhotoRefused``.
    """
    data = photo if isinstance(photo, bytes) else _read(photo)
    kind = _kind(data)
    try:
        image = _open_heif(data) if kind == "HEIF" else Image.open(io.BytesIO(data), formats=(kind,))
        _check(image, kind, data)
        if kind == "JPEG":  # the decoder itself scales down, at a fraction of the cost
            image.draft("RGB", (WORKING_SIDE * 3 // 4, WORKING_SIDE * 3 // 4))
        image.load()
    except PhotoRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoRefused("too-large") from None
    except Exception:  # a decoder fed with a stranger's bytes may raise anything
        raise PhotoRefused("truncated") from None
    turn = None if kind == "HEIF" else _turn(image)  # libheif has turned the picture already
    icc = image.info.get("icc_profile")
    image = _flat(image)
    factor = max(image.size) // WORKING_SIDE
    if factor > 1:
        image = image.reduce(factor)
    if turn is not None:
        image = image.transpose(turn)
    image = _to_srgb(image, icc)
    image.info = {}
    return image


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise PhotoRefused("too-heavy")
        return path.read_bytes()
    except OSError:
        raise PhotoRefused("unreadable") from None


def _kind(data: bytes) -> str:
    """Pillow's name of the format, told by content alone: a file name proves nothing."""
    if not data:
        raise PhotoRefused("empty")
    if len(data) > MOST_BYTES:
        raise PhotoRefused("too-heavy")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in STILL_HEIF:
            return "HEIF"
        raise PhotoRefused(
            "animated" if brand in MOVING_HEIF else "unsupported" if brand[:3] == b"avi" else "video"
        )
    if data.startswith(b"%PDF"):
        raise PhotoRefused("pdf")
    if data.startswith((b"\x1a\x45\xdf\xa3", b"\x00\x00\x01\xba", b"FLV")) or data[8:12] == b"AVI ":
        raise PhotoRefused("video")
    if data.startswith((b"GIF87a", b"GIF89a")):
        raise PhotoRefused("animated" if _frames_of_gif(data) > 1 else "unsupported")
    if data.startswith((b"BM", b"II*\x00", b"MM\x00*", b"<svg", b"8BPS", b"\x00\x00\x01\x00")):
        raise PhotoRefused("unsupported")
    raise PhotoRefused("not-an-image")


def _frames_of_gif(data: bytes) -> int:
    try:
        return int(getattr(Image.open(io.BytesIO(data), formats=("GIF",)), "n_frames", 1))
    except Exception:
        return 1


def _open_heif(data: bytes) -> Image.Image:
    """The primary picture; its size is checked before it is decoded."""
    primary: Any = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    _check_size(primary.size, len(data))
    image: Image.Image = primary.to_pillow()
    return image


def _check(image: Image.Image, kind: str, data: bytes) -> None:
    """Refuses, before decoding, what would be too much or would not be the drawing's true colours."""
    _check_size(image.size, len(data))
    # Phones store a second picture (depth, gain map) behind a JPEG; only here do frames mean motion.
    if kind in {"PNG", "WEBP"} and getattr(image, "n_frames", 1) > 1:
        raise PhotoRefused("animated")
    if kind == "PNG" and data[24] == 16:  # IHDR's bit depth: Pillow would narrow 16-bit RGB silently
        raise PhotoRefused("sixteen-bit")
    if image.mode == "CMYK":
        raise PhotoRefused("cmyk")


def _check_size(size: tuple[int, int], compressed: int) -> None:
    pixels = size[0] * size[1]
    if min(size) < LEAST_SIDE:
        raise PhotoRefused("too-small")
    if pixels > MOST_PIXELS:
        raise PhotoRefused("too-large")
    if pixels > BOMB_FLOOR_PIXELS and pixels > MOST_PIXELS_PER_BYTE * compressed:
        raise PhotoRefused("bomb")


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken Exif: the photo is taken as it is stored
        return None


def _flat(image: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white, as it is shown everywhere."""
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    layered = image.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    ground.alpha_composite(layered)
    return ground.convert("RGB")


def _to_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """Phones tag their photos with wider colour spaces; colours are named in sRGB."""
    if not icc:
        return image
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if "srgb" in ImageCms.getProfileDescription(profile).lower():
            return image
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB")) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
