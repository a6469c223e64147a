"""CIELAB, in which distances are about as large as they look."""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def to_lab(image: Pixels) -> Floats:
    """CIELAB (D65) of 8-bit sRGB, shape (h, w, 3): L 0..100, a and b about -127..127."""
    return cv2.cvtColor(image.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)  # type: ignore[no-any-return]


def lab_of(rgb: ArrayLike) -> Floats:
    """CIELAB, shape (3,), of one RGB colour 0..255."""
    pixel = np.clip(np.asarray(rgb, np.float32).reshape(1, 1, 3) / 255, 0, 1)
    return cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB)[0, 0]  # type: ignore[no-any-return]


def colour_distance(lab: Floats, colour: ArrayLike) -> Floats:
    """Each pixel's Euclidean distance to one colour (CIE76), shape (h, w)."""
    apart = cv2.subtract(lab, (*(float(part) for part in np.asarray(colour)), 0.0))
    return cv2.sqrt(cv2.transform(cv2.multiply(apart, apart), np.ones((1, 3), np.float32)))  # type: ignore[no-any-return]
