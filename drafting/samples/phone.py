"""A teacher's phone: the sheet on a table, held a little askew, in the light there is."""

import io
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from drafting.samples.sample import Sample
from drafting.samples.tables import Table, table_top

_SENT: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 88},
    "PNG": {"compress_level": 1},
    "WEBP": {"quality": 88, "method": 1},
    "HEIC": {"quality": 70, "enc_params": {"preset": "ultrafast"}},
}
# How a picture is stored so that the viewer who applies this EXIF orientation sees it upright.
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Photograph:
    """An image file, and the sheet's corners: (x, y) fractions of the upright photo, tl, tr, br, bl."""

    data: bytes
    corners: list[tuple[float, float]]


def photograph(
    sample: Sample | Image.Image,
    seed: int,
    *,
    megapixels: float = 12.0,
    turn: float = 0.0,
    warp: float = 0.5,
    shadow: float = 0.5,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    table: Table | None = "wood",
    exif_orientation: int = 1,
    noise: float = 0.5,
    format: str = "JPEG",
) -> Photograph:
    """Photograph a sheet; the same seed is the same photo.

    ``turn``: degrees clockwise that the sheet lies askew. ``warp`` 0..1: how slanted the phone is held.
    ``shadow`` 0..1: how much the light falls off, with a hand's shadow. ``tint``: gains of red, green, blue.
    ``table`` None: the sheet fills the frame, and neither turn nor warp applies. ``exif_orientation`` 1..8:
    how the pixels are stored; a viewer that honours the tag sees the photo upright. ``noise`` 0..1: the
    sensor's. ``format``: JPEG, PNG, WEBP or HEIC (which takes seconds to encode). The EXIF holds made-up GPS
    coordinates, so that a test can see them dropped.
    KeyError for an unknown format, ValueError for an unknown table.
    """
    sheet = np.asarray(sample.image if isinstance(sample, Sample) else sample.convert("RGB"))
    rng = np.random.default_rng((0x9E3779B9, seed))
    width, height = _frame(sheet, megapixels)
    corners = _corners(sheet, width, height, turn, warp, rng) if table else None
    if corners is None:
        shot = cv2.resize(sheet, (width, height), interpolation=cv2.INTER_LINEAR)
        corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    else:
        assert table is not None
        shot = _on_table(sheet, corners, table_top(table, width, height, rng))
    shot = _lit(shot, shadow, tint, rng)
    if noise:
        shot = _grainy(shot, noise, rng)
    fractions = [(float(x / width), float(y / height)) for x, y in corners]
    return Photograph(_encoded(Image.fromarray(shot), exif_orientation, format), fractions)


def _frame(sheet: NDArray[np.uint8], megapixels: float) -> tuple[int, int]:
    """Width and height of a 4:3 photo, held the way the sheet lies."""
    long = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    short = round(long * 3 / 4)
    return (long, short) if sheet.shape[1] >= sheet.shape[0] else (short, long)


def _corners(
    sheet: NDArray[np.uint8], width: int, height: int, turn: float, warp: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Where the sheet's corners fall, pixels (4, 2): turned, slanted, moved away until all are in sight."""
    aspect = sheet.shape[1] / sheet.shape[0]
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    flat = np.array([(-aspect, -1), (aspect, -1), (aspect, 1), (-aspect, 1)]) @ np.array([[c, s], [-s, c]])
    tilt = warp * 0.13 * rng.uniform(0.6, 1.0, 2) * rng.choice((-1.0, 1.0), 2)
    seen = flat / (1 + flat @ (tilt * (1 / aspect, 1)))[:, None]
    low, high = seen.min(0), seen.max(0)
    fill = rng.uniform(0.80, 0.87)
    seen = (seen - (low + high) / 2) * min(fill * width / (high - low)[0], fill * height / (high - low)[1])
    return np.asarray(seen + np.array((width, height)) * (0.5 + rng.uniform(-0.02, 0.02, 2)), np.float64)


def _on_table(
    sheet: NDArray[np.uint8], corners: NDArray[np.float64], top: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    height, width = top.shape[:2]
    h, w = sheet.shape[:2]
    source = np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    # The sheet throws a thin soft shadow on the table, which is what makes it lie there.
    scale = 8
    dark = np.zeros((height // scale, width // scale), np.float32)
    cv2.fillConvexPoly(dark, np.rint((corners + width * 0.004) / scale).astype(np.int32), 0.45)
    dark = 1 - cv2.GaussianBlur(dark, (0, 0), width / scale * 0.006)
    top = _gain(top, np.repeat(dark[:, :, None], 3, 2))
    corner_mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(corner_mask, np.rint(corners * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    flat = cv2.warpPerspective(
        sheet, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    cv2.copyTo(flat, cv2.compare(corner_mask, 127, cv2.CMP_GT), top)
    return top


def _lit(
    shot: NDArray[np.uint8], shadow: float, tint: tuple[float, float, float], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Lamp to one side, vignette, colour cast, and a hand's soft shadow from an edge."""
    h, w = 150, round(150 * shot.shape[1] / shot.shape[0])
    y, x = np.mgrid[0 : 1 : h * 1j, 0 : 1 : w * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    lamp = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
    light = (
        0.97 - shadow * 0.22 * (0.5 - lamp) - (0.06 + 0.10 * shadow) * ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2
    )
    if shadow:
        side = rng.uniform(0.15, 0.85)
        hand = np.zeros((h, w), np.float32)
        cv2.ellipse(
            hand, (int(side * w), h), (int(w * 0.13), int(h * 0.42)), rng.uniform(-25, 25), 0, 360, 1.0, -1
        )
        light *= 1 - 0.38 * shadow * cv2.GaussianBlur(hand, (0, 0), h * 0.06)
    return _gain(shot, light[:, :, None] * np.array(tint, np.float32))


def _gain(shot: NDArray[np.uint8], gain: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Multiply by a small smooth field (h, w, 3), in 8 bits: gains above 255/200 are clipped."""
    height, width = shot.shape[:2]
    field = cv2.resize(np.clip(gain * 200, 0, 255).astype(np.float32), (width // 4, height // 4))
    small = cv2.resize(np.rint(field).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(shot, small, scale=1 / 200), np.uint8)


def _grainy(shot: NDArray[np.uint8], noise: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Sensor noise: one tile of it laid again and again at other offsets, which no eye can tell."""
    tile = 512
    grain = rng.normal(0, 6 * noise, (2 * tile, 2 * tile, 3)).astype(np.int16)
    out = cv2.GaussianBlur(shot, (3, 3), 0)
    for top in range(0, shot.shape[0], tile):
        for left in range(0, shot.shape[1], tile):
            block = out[top : top + tile, left : left + tile]
            dy, dx = rng.integers(0, tile, 2)
            cut = grain[dy : dy + block.shape[0], dx : dx + block.shape[1]]
            block[:] = cv2.add(block, cut, dtype=cv2.CV_8U)
    return np.asarray(out, np.uint8)


def _encoded(photo: Image.Image, orientation: int, format: str) -> bytes:
    options = _SENT[format]
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Vermilion samples", "Phone of code", orientation
    exif.get_ifd(0x8769)[0x9003] = "2026:11:21 10:15:00"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (31.0, 13.0, 49.0), "E", (121.0, 28.0, 25.0)
    file = io.BytesIO()
    if orientation in _STORED:
        photo = photo.transpose(_STORED[orientation])
    if format == "HEIC":
        pillow_heif.register_heif_opener()
    photo.save(file, "HEIF" if format == "HEIC" else format, exif=exif.tobytes(), **options)
    return file.getvalue()
