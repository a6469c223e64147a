"""Tells the drawn area from the bare paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.measure.light import Lit
from drafting.measure.opening import Pixels

WORK_SIDE = (
    800  # everything is counted at this size, so that the same drawing gives the same facts at any resolution
)
UNLIKE_PAPER = 9.0  # CIELAB distance from the bare paper at which a mark is seen


def at_work_size(image: Pixels) -> Pixels:
    """The drawing at the size everything is counted at, the sensor's noise taken out."""
    scale = WORK_SIDE / max(image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)  # type: ignore[no-any-return]


def to_lab(image: Pixels) -> NDArray[np.float32]:
    """CIELAB (D65) of 8-bit sRGB: L 0..100, a and b about -127..127."""
    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)  # type: ignore[no-any-return]


def drawn_area(lab: NDArray[np.float32], lit: Lit) -> NDArray[np.bool_]:
    """Which pixels are drawn on, shape (h, w); all of them when no paper is seen."""
    if lit.colour is None:
        return np.ones(lab.shape[:2], bool)
    paper = to_lab(np.uint8([[lit.colour]]))[0, 0]
    unlike = np.linalg.norm(cv2.GaussianBlur(lab, (0, 0), 0.7) - paper, axis=2)
    # A mark ends where half of it is left: a fixed level would fatten everything that the camera blurs.
    strongest = cv2.dilate(unlike, np.ones((5, 5), np.uint8))
    marks = ((unlike > UNLIKE_PAPER) & (unlike > 0.45 * strongest)).astype(np.uint8)
    # The paper's tooth shows through wax and pencil; seen from a step away such a stroke is one area.
    marks = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= 12  # a smaller speck is dust
    kept[0] = False
    return kept[labels]  # type: ignore[no-any-return]
