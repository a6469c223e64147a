"""Names the colours of the drawn area and counts their shares."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.measure.drawn import to_lab
from drafting.measure.opening import Pixels
from prompts.facts import Colour
from prompts.vocabulary import table

LEAST_SHARE = 0.02  # a smaller share of the drawn area is a speck that a teacher would not mention
LEVELS = 64  # steps of a channel in the table that names colours


def palette(image: Pixels, drawn: NDArray[np.bool_]) -> tuple[list[Colour], NDArray[np.uint8]]:
    """The colours of the drawn area, largest share first, and per pixel (h, w) its colour's place in the vocabulary."""
    names = table()["colours"]
    named = _solid(image, drawn, _names()[tuple(np.moveaxis(image // (256 // LEVELS), 2, 0))])
    counts = np.bincount(named[drawn], minlength=len(names)).astype(np.float64)
    total = max(1.0, counts.sum())
    kept = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i] / total >= LEAST_SHARE]
    kept_total = counts[kept].sum()
    colours = [
        Colour(
            name=names[i]["name"],
            zh=names[i]["zh"],
            hex=_hex(np.median(image[drawn & (named == i)][:20000], axis=0)),
            share=round(float(counts[i] / kept_total), 3),
        )
        for i in kept
    ]
    return _summing_to_one(colours), named


def _summing_to_one(colours: list[Colour]) -> list[Colour]:
    """Rounding's remainder goes to the largest share, where it shows least."""
    if colours:
        colours[0]["share"] = round(1 - sum(colour["share"] for colour in colours[1:]), 3)
    return colours


def _hex(rgb: NDArray[np.float64]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(round(c)) for c in rgb))


@cache
def _names() -> NDArray[np.uint8]:
    """For every colour at ``LEVELS`` steps a channel, the vocabulary's nearest name in CIELAB, as its place there."""
    steps = np.arange(LEVELS) * (256 // LEVELS) + 128 // LEVELS
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).astype(np.uint8)
    lab = to_lab(cube.reshape(LEVELS, -1, 3)).reshape(-1, 3)
    nearest = np.full(len(lab), np.inf, np.float32)
    names = np.zeros(len(lab), np.uint8)
    for i, colour in enumerate(table()["colours"]):
        for code in colour["hex"]:
            anchor = to_lab(np.uint8([[[int(code[at : at + 2], 16) for at in (1, 3, 5)]]]))[0, 0]
            distance = np.linalg.norm(lab - anchor, axis=1)
            closer = distance < nearest
            nearest[closer], names[closer] = distance[closer], i
    return names.reshape(LEVELS, LEVELS, LEVELS)


def _solid(image: Pixels, drawn: NDArray[np.bool_], named: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where two colours blend into each other (edges blurred by the camera), each pixel takes its nearest solid neighbour's name.

    Otherwise every red shape on white paper would have a pink rim, and every black line a grey one.
    """
    kernel = np.ones((3, 3), np.uint8)
    blurred = cv2.medianBlur(image, 3)
    steps = cv2.subtract(cv2.dilate(blurred, kernel), cv2.erode(blurred, kernel)).max(axis=2)
    solid = drawn & (steps < 40)
    # A line too thin to have a solid part is judged by its middle.
    depth = cv2.distanceTransform(drawn.astype(np.uint8), cv2.DIST_L2, 3)
    middle = drawn & (depth >= cv2.dilate(depth, np.ones((5, 5), np.uint8))) & (depth < 4)
    solid |= middle
    if not solid.any():
        return named
    _, nearest = cv2.distanceTransformWithLabels(
        (~solid).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    lookup = np.zeros(int(nearest.max()) + 1, np.uint8)
    lookup[nearest[solid]] = named[solid]
    return lookup[nearest]  # type: ignore[no-any-return]
