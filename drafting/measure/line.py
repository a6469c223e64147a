"""How the drawing's lines run: how many, which way, how thick, how curved."""

import cv2
import numpy as np
from numpy.typing import NDArray

from prompts.facts import Direction, Line, Weight
from prompts.vocabulary import table

CHORD = 12  # pixels of contour on either side of a point over which its bend is seen
TOO_LITTLE = 40  # pixels of contour; below, nothing can be said of curves


def line(lab: NDArray[np.float32], drawn: NDArray[np.bool_]) -> Line:
    """The facts of line, from CIELAB at the working size."""
    light = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0)
    edges = _edges(lab)
    return Line(
        density=round(float((edges > 0).mean()), 3),
        direction=_direction(light, edges),
        weight=_weight(lab[..., 0], drawn),
        curved=round(_curved(edges), 2),
    )


def _edges(lab: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Edges of lightness and of colour: red on green of the same lightness is a line too."""
    found = np.zeros(lab.shape[:2], np.uint8)
    for channel, gain, offset in ((0, 2.55, 0), (1, 1.6, 128), (2, 1.6, 128)):
        grey = np.clip(lab[..., channel] * gain + offset, 0, 255).astype(np.uint8)
        found = cv2.max(found, cv2.Canny(cv2.GaussianBlur(grey, (0, 0), 1.6), 30, 75))
    return found


def _direction(light: NDArray[np.float32], edges: NDArray[np.uint8]) -> Direction:
    dx, dy = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    on = edges > 0
    strength = np.minimum(np.hypot(dx[on], dy[on]), 60)
    total = float(strength.sum())
    if total == 0:
        return "mixed"
    steep = np.degrees(np.arctan2(np.abs(dx[on]), np.abs(dy[on])))  # of the line itself: 0 lies, 90 stands
    shares = {
        "horizontal": float(strength[steep < 22.5].sum()) / total,
        "vertical": float(strength[steep > 67.5].sum()) / total,
        "diagonal": float(strength[(steep >= 22.5) & (steep <= 67.5)].sum()) / total,
    }
    least: dict[str, float] = table()["line_shares"]
    winner = max(shares, key=lambda name: shares[name] - least[name])
    return winner if shares[winner] > least[winner] else "mixed"  # type: ignore[return-value]


def _weight(light: NDArray[np.float32], drawn: NDArray[np.bool_]) -> Weight:
    """Of the drawing's strokes (what a closing fills and a blob is not), or of its smallest shapes when it has none."""
    side = max(light.shape)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side // 32 | 1, side // 32 | 1))
    dark = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, kernel)
    pale = cv2.morphologyEx(light, cv2.MORPH_TOPHAT, kernel)
    strokes = (((dark > 18) | (pale > 18)) & drawn).astype(np.uint8)
    if strokes.mean() < 0.003:
        strokes = drawn.astype(np.uint8)
    depth = cv2.distanceTransform(strokes, cv2.DIST_L2, 3)
    ridge = (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))) & (depth > 0)
    if not ridge.any():
        return "fine"
    width = 2 * float(np.average(depth[ridge], weights=depth[ridge])) / side
    fine, bold = table()["line_widths"]
    return "fine" if width < fine else "bold" if width > bold else "medium"


def _curved(edges: NDArray[np.uint8]) -> float:
    """The share of contour points at which the contour bends, but is not broken by a corner."""
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    bending = seen = 0
    for contour in contours:
        points = contour[:, 0].astype(np.float32)
        if len(points) < 4 * CHORD:
            continue
        back = points - np.roll(points, CHORD, axis=0)
        ahead = np.roll(points, -CHORD, axis=0) - points
        turn = np.degrees(np.abs(np.arctan2(
            back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0], (back * ahead).sum(axis=1))))  # fmt: skip
        smooth = turn < 70  # more is a corner, or the end of a line where the contour returns
        bending += int((smooth & (turn > 9)).sum())
        seen += int(smooth.sum())
    return bending / seen if seen > TOO_LITTLE else 0.0
