"""How the drawing's lines run: how many, which way, how thick, how curved."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.measure.colour import Floats
from prompts.facts import Direction, Line, Weight
from prompts.vocabulary import table

CHORD = 24  # pixels of contour on either side of a point over which its bend is seen
STEP = 3  # only every third point of a contour is looked at
BEND, CORNER = (
    10.0,
    70.0,
)  # degrees between the two chords: a bend; a corner, or a line's end where the contour returns
TOO_LITTLE = 40  # pixels of contour; below, nothing can be said of curves


def line(lab: Floats, drawn: NDArray[np.bool_]) -> Line:
    """The facts of line, from CIELAB at the working size."""
    light = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0)
    edges = _edges(lab)
    return Line(
        density=round(float((cv2.dilate(edges, np.ones((3, 3), np.uint8)) > 0).mean()), 3),
        direction=_direction(light, edges),
        weight=_weight(lab[..., 0], drawn),
        curved=round(_curved(edges), 2),
    )


def _edges(lab: Floats) -> NDArray[np.uint8]:
    """Edges of lightness and of colour: red on green of the same lightness is a line too."""
    found = np.zeros(lab.shape[:2], np.uint8)
    for channel, gain, offset in ((0, 2.55, 0), (1, 1.6, 128), (2, 1.6, 128)):
        grey = cv2.convertScaleAbs(cv2.extractChannel(lab, channel), alpha=gain, beta=offset)
        found = cv2.max(found, cv2.Canny(cv2.GaussianBlur(grey, (5, 5), 1.3), 35, 85))
    return found


def _direction(light: Floats, edges: NDArray[np.uint8]) -> Direction:
    dx, dy = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    on = edges > 0
    dx, dy = np.abs(dx[on]), np.abs(dy[on])
    strength = np.minimum(np.hypot(dx, dy), 60)
    total = float(strength.sum())
    if total == 0:
        return "mixed"
    steep = np.degrees(np.arctan2(dx, dy))  # of the line itself: 0 lies, 90 stands
    shares = {
        "horizontal": float(strength[steep < 22.5].sum()) / total,
        "vertical": float(strength[steep > 67.5].sum()) / total,
        "diagonal": float(strength[(steep >= 22.5) & (steep <= 67.5)].sum()) / total,
    }
    least: dict[str, float] = table()["line_shares"]
    winner = max(shares, key=lambda name: shares[name] - least[name])
    return winner if shares[winner] > least[winner] else "mixed"  # type: ignore[return-value]


def _weight(light: Floats, drawn: NDArray[np.bool_]) -> Weight:
    """Of the drawing's strokes (what a closing fills), or of its shapes when it has none."""
    side = max(light.shape)
    kernel = np.ones((side // 36 | 1, side // 36 | 1), np.uint8)
    few, bare = light[::4, ::4], ~drawn[::4, ::4]
    on_dark = bare.mean() > 0.05 and float(few[bare].mean()) < 45  # there the strokes are the lighter ones
    stands_out = cv2.morphologyEx(
        cv2.convertScaleAbs(light), cv2.MORPH_TOPHAT if on_dark else cv2.MORPH_BLACKHAT, kernel
    )
    strokes = ((stands_out > 18) & drawn).astype(np.uint8)
    if strokes.mean() < 0.003:
        strokes = drawn.astype(np.uint8)
    bordered = cv2.copyMakeBorder(strokes, 1, 1, 1, 1, cv2.BORDER_CONSTANT)  # the sheet's edge ends a stroke
    depth = cv2.distanceTransform(bordered, cv2.DIST_L2, 3)
    ridge = (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8))) & (depth > 0)
    if not ridge.any():
        return "fine"
    width = 2 * float(np.average(depth[ridge], weights=depth[ridge])) / side
    fine, bold = table()["line_widths"]
    return "fine" if width < fine else "bold" if width > bold else "medium"


def _curved(edges: NDArray[np.uint8]) -> float:
    """The share of contour points at which the contour bends, but is not broken by a corner."""
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    came, goes = [], []
    for contour in contours:
        if len(contour) >= 4 * CHORD:
            path = cv2.blur(contour.astype(np.float32), (1, 9))[
                :, 0
            ]  # a contour goes in steps of whole pixels
            here = path[::STEP]
            came.append(here - np.roll(path, CHORD, axis=0)[::STEP])
            goes.append(np.roll(path, -CHORD, axis=0)[::STEP] - here)
    if not came:
        return 0.0
    u, v = np.concatenate(came), np.concatenate(goes)
    turn = np.degrees(np.abs(np.arctan2(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0], (u * v).sum(axis=1))))
    smooth = turn < CORNER
    return float((turn[smooth] > BEND).mean()) if smooth.sum() * STEP > TOO_LITTLE else 0.0
