"""Where the weight of the drawing lies on the sheet."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.measure.colour import Floats, colour_distance
from prompts.facts import Composition
from prompts.vocabulary import table

CELLS = 32  # the sheet is compared with its mirror image as a grid of this many cells a side
ALIKE = 18.0  # CIELAB difference at which two mirrored cells count as 1/e alike


def composition(lab: Floats, drawn: NDArray[np.bool_]) -> Composition:
    """Place, centre of mass, balance and mirror symmetry. An empty sheet is centred and balanced."""
    moments = cv2.moments(drawn.astype(np.uint8), binaryImage=True)
    total = moments["m00"]
    if total == 0:
        return Composition(place="centre", centre=(0.5, 0.5), balance=1.0, symmetry=1.0)
    height, width = drawn.shape
    x = float((moments["m10"] / total + 0.5) / width)
    y = float((moments["m01"] / total + 0.5) / height)
    return Composition(
        place=place(x, y),
        centre=(round(x, 3), round(y, 3)),
        balance=round(_balance(_visual_weight(lab[::2, ::2], drawn[::2, ::2])), 3),
        symmetry=round(_symmetry(lab, drawn), 3),
    )


def place(x: float, y: float) -> str:
    """The vocabulary's name for a centre of mass, fractions of the sheet from its top left."""
    low, high = table()["place_lines"]
    row = "top" if y < low else "bottom" if y > high else ""
    column = "left" if x < low else "right" if x > high else ""
    return f"{row} {column}".strip() or "centre"


def _visual_weight(lab: Floats, drawn: NDArray[np.bool_]) -> Floats:
    """How much each drawn pixel draws the eye: its distance from the sheet's commonest colour."""
    sample, bare = lab[::2, ::2], ~drawn[::2, ::2]
    ground = np.median(sample[bare] if bare.mean() > 0.1 else sample.reshape(-1, 3), axis=0)
    return colour_distance(np.ascontiguousarray(lab), ground) * drawn


def _balance(weight: Floats) -> float:
    """1 when left and right, and upper and lower, weigh the same; left and right count for more."""
    total = max(1e-6, float(weight.sum()))
    height, width = weight.shape
    sides = abs(float(weight[:, : width // 2].sum()) - float(weight[:, -(width // 2) :].sum())) / total
    levels = abs(float(weight[: height // 2].sum()) - float(weight[-(height // 2) :].sum())) / total
    return max(0.0, 1 - 0.75 * sides - 0.25 * levels)


def _symmetry(lab: Floats, drawn: NDArray[np.bool_]) -> float:
    """How alike the drawn area and its left-right mirror image are, 0..1."""
    cells = cv2.resize(lab, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    inked = cv2.resize(drawn.astype(np.float32), (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    weight = np.maximum(inked, inked[:, ::-1])
    alike = np.exp(-np.linalg.norm(cells - cells[:, ::-1], axis=2) / ALIKE)
    return float((alike * weight).sum() / max(1e-6, float(weight.sum())))
