"""What lies under the sheet: table tops made of noise."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Table = Literal["wood", "grey", "dark", "cloth"]


def table_top(kind: Table, width: int, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A table top (height, width, 3), RGB. ValueError for an unknown kind."""
    w, h = width // 3, height // 3  # nobody focuses on the table
    fine = cv2.GaussianBlur(rng.standard_normal((h, w), np.float32), (0, 0), 0.8)
    if kind == "wood":
        tone = _wood(w, h, rng)
        dark, light = np.array((112, 72, 40), np.float32), np.array((176, 124, 78), np.float32)
        top = dark + (light - dark) * tone[:, :, None] + fine[:, :, None] * 3
    elif kind == "grey":
        top = np.array((128, 131, 134), np.float32) + fine[:, :, None] * 7
    elif kind == "dark":
        grain = cv2.GaussianBlur(rng.standard_normal((h, w), np.float32), (0, 0), sigmaX=40, sigmaY=1)
        top = np.array((52, 44, 40), np.float32) + grain[:, :, None] * 40 + fine[:, :, None] * 2
    elif kind == "cloth":
        y, x = np.mgrid[:h, :w]
        check = ((x // 56) % 2).astype(np.float32) + ((y // 56) % 2).astype(np.float32)
        weave = (((x // 2) + (y // 2)) % 2).astype(np.float32)
        light, dye = np.array((226, 224, 216), np.float32), np.array((92, 124, 142), np.float32)
        top = light + (dye - light) * (check / 2)[:, :, None] - weave[:, :, None] * 8 + fine[:, :, None] * 4
    else:
        raise ValueError(f"no such table: {kind}; choose wood, grey, dark or cloth")
    top = cv2.resize(np.clip(top, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(top, np.uint8)


def _wood(width: int, height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Boards side by side, each with rings stretched along it, tone 0..1."""
    tone = np.empty((height, width), np.float32)
    board = max(40, height // 5)
    y, x = np.mgrid[:board, :width].astype(np.float32)
    for top in range(0, height, board):
        bend = cv2.GaussianBlur(rng.standard_normal((board, width), np.float32), (0, 0), sigmaX=90, sigmaY=14)
        ring = np.sin((y + bend * 900 + x * rng.uniform(-0.03, 0.03)) * rng.uniform(0.25, 0.5))
        pores = cv2.GaussianBlur(
            rng.standard_normal((board, width), np.float32), (0, 0), sigmaX=14, sigmaY=0.6
        )
        plank = rng.uniform(0.4, 0.65) + 0.12 * ring + 0.5 * pores
        plank[:2] -= 0.4
        tone[top : top + board] = plank[: height - top]
    return np.clip(tone, 0, 1)
