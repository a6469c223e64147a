"""The whole way from a file to facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from drafting.measure.composition import composition
from drafting.measure.drawn import at_work_size, drawn_area, to_lab
from drafting.measure.light import even_light
from drafting.measure.line import line
from drafting.measure.opening import Pixels, open_photo
from drafting.measure.overlay import draw_overlay
from drafting.measure.palette import palette
from drafting.measure.qualities import colour_qualities, contrast, judge
from drafting.measure.sheet import find_sheet, straighten
from prompts.facts import Facts, Orientation, Sheet


@dataclass(frozen=True)
class Measured:
    """What one photo gave.

    ``image``: the drawing upright, straightened and evenly lit, RGB, its longest side at most 1600 pixels, without any
    metadata. ``corners``: the sheet's, as (x, y) fractions of the upright photo, tl, tr, br, bl; None when no sheet
    was seen and the whole photo was measured. ``overlay``: RGBA, of the image's size, what was measured, to lay over it.
    """

    facts: Facts
    image: Image.Image
    corners: list[tuple[float, float]] | None
    overlay: Image.Image


def measure(photo: Path | bytes, *, subjects: Sequence[str] = ()) -> Measured:
    """Measure the drawing in a photo. Raises ``PhotoRefused`` for a file that cannot be measured."""
    pixels = open_photo(photo)
    corners = find_sheet(pixels)
    lit = even_light(straighten(pixels, corners))
    work = at_work_size(lit.image)
    lab = to_lab(work)
    drawn = drawn_area(lab, lit)
    colours, _ = palette(work, drawn)
    warmth, saturation = colour_qualities(lab, drawn)
    facts = judge(
        Facts(
            schema=1,
            subjects=list(subjects),
            sheet=Sheet(found=corners is not None, orientation=_orientation(lit.image), paper=lit.paper),
            palette=colours,
            warmth=warmth,
            saturation=saturation,
            contrast=contrast(lab, drawn),
            coverage=round(float(drawn.mean()), 3),
            composition=composition(lab, drawn),
            line=line(lab, drawn),
        )
    )
    height, width = pixels.shape[:2]
    return Measured(
        facts=facts,
        image=Image.fromarray(lit.image),
        corners=None if corners is None else [(float(x) / width, float(y) / height) for x, y in corners],
        overlay=draw_overlay(lit.image.shape[1::-1], np.asarray(drawn), facts),
    )


def _orientation(image: Pixels) -> Orientation:
    ratio = image.shape[1] / image.shape[0]
    return "square" if 0.93 < ratio < 1.07 else "landscape" if ratio > 1 else "portrait"
