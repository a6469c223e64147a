"""Names the colours of the drawn area and counts their shares."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.measure.colour import Pixels, lab_of, to_lab
from prompts.facts import Colour
from prompts.vocabulary import table

LEAST_SHARE = 0.02  # a smaller share of the drawn area is a speck that a teacher would not mention
EDGE = 30  # levels of 255 within three pixels
LEVELS = 64  # steps of a channel in the table that names colours


def palette(image: Pixels, drawn: NDArray[np.bool_]) -> list[Colour]:
    """The colours of the drawn area of an evened sheet, largest share first."""
    names = table()["colours"]
    r, g, b = (channel.astype(np.int32) // (256 // LEVELS) for channel in cv2.split(_crisp(image)))
    named = _names().take((r * LEVELS + g) * LEVELS + b)
    counts = np.bincount(named[drawn], minlength=len(names)).astype(np.float64)
    total = max(1.0, counts.sum())
    few, few_named = (part[::2, ::2][drawn[::2, ::2]] for part in (image, named))  # enough for a median
    kept = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i] / total >= LEAST_SHARE]
    kept_total = counts[kept].sum()
    colours = [
        Colour(
            name=names[i]["name"],
            zh=names[i]["zh"],
            hex=_hex(few[few_named == i]) or names[i]["hex"][0],
            share=round(float(counts[i] / kept_total), 3),
        )
        for i in kept
    ]
    return _summing_to_one(colours)


def _summing_to_one(colours: list[Colour]) -> list[Colour]:
    """Rounding's remainder goes to the largest share, where it shows least."""
    if colours:
        colours[0]["share"] = round(1 - sum(colour["share"] for colour in colours[1:]), 3)
    return colours


def _hex(pixels: NDArray[np.uint8]) -> str:
    """The colour in the middle of these pixels, shape (n, 3); empty for none."""
    return "#{:02x}{:02x}{:02x}".format(*np.median(pixels, axis=0).astype(int)) if len(pixels) else ""


@cache
def _names() -> NDArray[np.uint8]:
    """For every colour at ``LEVELS`` steps a channel, the vocabulary's name of the nearest anchor in CIELAB.

    Shape (LEVELS ** 3,), red slowest; a name is given as its place in the vocabulary.
    """
    steps = np.arange(LEVELS) * (256 // LEVELS) + 128 // LEVELS
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).astype(np.uint8)
    lab = to_lab(cube.reshape(LEVELS, -1, 3)).reshape(-1, 3)
    nearest = np.full(len(lab), np.inf, np.float32)
    names = np.zeros(len(lab), np.uint8)
    for i, colour in enumerate(table()["colours"]):
        for code in colour["hex"]:
            anchor = lab_of([int(code[at : at + 2], 16) for at in (1, 3, 5)])
            distance = np.linalg.norm(lab - anchor, axis=1)
            closer = distance < nearest
            nearest[closer], names[closer] = distance[closer], i
    return names


def _crisp(image: Pixels) -> Pixels:
    """Where the camera blurred an edge, each pixel takes the nearer end of the blend (a toggle mapping).

    Otherwise every red shape on white paper would have a pink rim, and every black line a grey one.
    """
    calm = cv2.medianBlur(image, 3)
    window = np.ones((3, 3), np.uint8)
    high, low = cv2.dilate(calm, window), cv2.erode(calm, window)
    nearer_high = cv2.compare(cv2.subtract(high, calm), cv2.subtract(calm, low), cv2.CMP_LT)
    edge = cv2.compare(cv2.subtract(high, low), EDGE, cv2.CMP_GT)
    cv2.copyTo(low, cv2.bitwise_and(edge, cv2.bitwise_not(nearer_high)), calm)
    cv2.copyTo(high, cv2.bitwise_and(edge, nearer_high), calm)
    return calm  # type: ignore[no-any-return]
