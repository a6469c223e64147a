"""What was measured, to lay over the drawing: the frame in ink, what was found in vermilion."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prompts.facts import Facts
from prompts.vocabulary import table

VERMILION = (214, 60, 42)
INK = (38, 34, 31)
PAPER = (255, 252, 245)

# The strokes that stand for each direction, as (x, y) from the badge's middle, y down.
DIRECTIONS = {
    "horizontal": [(1.0, 0.0)],
    "vertical": [(0.0, 1.0)],
    "diagonal": [(0.7, -0.7), (0.7, 0.7)],
    "mixed": [(1.0, 0.0), (0.0, 1.0), (0.7, -0.7), (0.7, 0.7)],
}

Layer = NDArray[np.uint8]  # opacity, (h, w)
Point = tuple[float, float]


def draw_overlay(size: tuple[int, int], drawn: NDArray[np.bool_], facts: Facts) -> Image.Image:
    """RGBA of ``size`` (width, height): bare paper hatched, the drawn area outlined, the lines between the
    places, the centre of mass, and a badge with the lines' main direction."""
    width, height = size
    unit = max(width, height) / 800  # strokes keep their look at any size
    halo, ink, vermilion = (np.zeros((height, width), np.uint8) for _ in range(3))
    _hatch(ink, drawn, unit)
    _outline(halo, vermilion, drawn, unit)
    for fraction in table()["place_lines"]:
        _dashes(halo, ink, (fraction * width, 0), (fraction * width, height), unit)
        _dashes(halo, ink, (0, fraction * height), (width, fraction * height), unit)
    composition, line = facts.get("composition", {}), facts.get("line", {})
    if "centre" in composition:
        x, y = composition["centre"]
        _centre(halo, vermilion, (x * width, y * height), unit)
    if "direction" in line:
        _badge(
            halo, ink, vermilion, (width - 46 * unit, height - 46 * unit), DIRECTIONS[line["direction"]], unit
        )
    colour = np.full((height, width, 3), PAPER, np.uint8)
    colour[ink > halo // 2] = INK
    colour[vermilion > 90] = VERMILION
    return Image.fromarray(np.dstack([colour, cv2.max(cv2.max(halo, ink), vermilion)]))


def _stroke(
    layer: Layer, points: list[Point], thickness: float, opacity: float, *, closed: bool = False
) -> None:
    path = np.round(np.array(points) * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(layer, [path], closed, round(255 * opacity), max(1, round(thickness)), cv2.LINE_AA, 4)


def _ring(layer: Layer, at: Point, radius: float, thickness: float, opacity: float) -> None:
    """A circle; a negative thickness fills it."""
    centre = (round(at[0] * 16), round(at[1] * 16))
    weight = -1 if thickness < 0 else max(1, round(thickness))
    cv2.circle(layer, centre, round(radius * 16), round(255 * opacity), weight, cv2.LINE_AA, 4)


def _hatch(ink: Layer, drawn: NDArray[np.bool_], unit: float) -> None:
    """Fine slanting lines over what was taken for bare paper."""
    height, width = ink.shape
    bare = cv2.erode((~drawn).astype(np.uint8), np.ones((5, 5), np.uint8))
    if not bare.any():
        return
    lines = np.zeros_like(ink)
    step = 11 * unit
    for i in range(int((width + height) / step) + 1):
        _stroke(lines, [(i * step, 0.0), (i * step - height, float(height))], unit, 0.2)
    cv2.copyTo(lines, cv2.resize(bare, (width, height), interpolation=cv2.INTER_NEAREST), ink)


def _outline(halo: Layer, vermilion: Layer, drawn: NDArray[np.bool_], unit: float) -> None:
    """Around the drawn area, as a hand would follow it: not into every gap between two strokes."""
    height, width = vermilion.shape
    joined = cv2.morphologyEx(
        drawn.astype(np.uint8) * 255, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    )
    joined = cv2.copyMakeBorder(cv2.GaussianBlur(joined, (0, 0), 2.0), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    contours, _ = cv2.findContours((joined > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_L1)
    scale = np.array([width / drawn.shape[1], height / drawn.shape[0]])
    for contour in contours:
        if cv2.contourArea(contour) > 0.0004 * drawn.size:
            points = [(float(x), float(y)) for x, y in (contour[:, 0] - 0.5) * scale]
            _stroke(halo, points, 4 * unit, 0.5, closed=True)
            _stroke(vermilion, points, 1.8 * unit, 0.95, closed=True)


def _dashes(halo: Layer, ink: Layer, start: Point, end: Point, unit: float) -> None:
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    count = max(1, round(length / (14 * unit)))
    for i in range(count):
        ends = [
            (start[0] + (end[0] - start[0]) * t / count, start[1] + (end[1] - start[1]) * t / count)
            for t in (i + 0.25, i + 0.75)
        ]
        _stroke(halo, ends, 3.4 * unit, 0.55)
        _stroke(ink, ends, 1.3 * unit, 0.75)


def _centre(halo: Layer, vermilion: Layer, at: Point, unit: float) -> None:
    x, y = at
    _ring(halo, at, 22 * unit, -1, 0.8)
    _ring(vermilion, at, 17 * unit, 2.4 * unit, 1)
    _ring(vermilion, at, 4 * unit, -1, 1)
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        ends = [(x + dx * reach * unit, y + dy * reach * unit) for reach in (11, 24)]
        _stroke(vermilion, ends, 2.4 * unit, 1)


def _badge(halo: Layer, ink: Layer, vermilion: Layer, at: Point, strokes: list[Point], unit: float) -> None:
    x, y = at
    _ring(halo, at, 30 * unit, -1, 0.92)
    _ring(ink, at, 30 * unit, 1.3 * unit, 0.9)
    for dx, dy in strokes:
        reach = 19 * unit
        _stroke(vermilion, [(x - dx * reach, y - dy * reach), (x + dx * reach, y + dy * reach)], 3 * unit, 1)
