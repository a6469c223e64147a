"""Tells the drawn area from the bare paper."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.measure.colour import Floats, colour_distance
from drafting.measure.light import Light

UNLIKE_PAPER = 9.0  # CIELAB distance from the bare paper at which a mark is seen


def drawn_area(lab: Floats, light: Light) -> NDArray[np.bool_]:
    """Which pixels of the evened sheet are drawn on, shape (h, w); all of them when no paper is seen."""
    if light.paper == "unseen":
        return np.ones(lab.shape[:2], bool)
    bare = cv2.resize(light.bare.astype(np.uint8), lab.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    unlike = colour_distance(
        cv2.GaussianBlur(lab, (3, 3), 0.7), np.median(lab[::3, ::3][bare[::3, ::3] > 0], axis=0)
    )
    # A mark ends where half of it is left: a fixed level would fatten everything that the camera blurs.
    strongest = cv2.dilate(unlike, np.ones((5, 5), np.uint8))
    marks = ((unlike > UNLIKE_PAPER) & (unlike > 0.45 * strongest)).astype(np.uint8)
    # The paper's tooth shows through wax and pencil; seen from a step away such a stroke is one area.
    marks = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= 10  # a smaller speck is dust
    kept[0] = False
    return kept[labels]  # type: ignore[no-any-return]
