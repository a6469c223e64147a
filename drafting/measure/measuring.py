"""The whole way from a file to facts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from drafting.measure.colour import Pixels, to_lab
from drafting.measure.composition import composition
from drafting.measure.drawn import drawn_area
from drafting.measure.light import Light, light_on
from drafting.measure.line import line
from drafting.measure.opening import open_photo
from drafting.measure.overlay import draw_overlay
from drafting.measure.palette import palette
from drafting.measure.qualities import colour_qualities, contrast, judge
from drafting.measure.sheet import find_sheet, straighten
from prompts.facts import Facts, Orientation, Sheet

WORK_SIDE = 640  # the longest side of the sheet on which everything is counted
OUTPUT_SIDE = 1600  # of the picture that is kept and shown


@dataclass(frozen=True)
class Measured:
    """What one photo gave.

    ``corners``: the sheet's, fractions (x, y) of the upright photo, tl, tr, br, bl; None when not seen and
    the whole photo was measured. ``drawn``: which pixels are drawn on, at the working size.
    """

    facts: Facts
    corners: list[tuple[float, float]] | None
    drawn: NDArray[np.bool_]
    _photo: Image.Image = field(repr=False)
    _light: Light = field(repr=False)

    @cached_property
    def image(self) -> Image.Image:
        """The drawing upright, straightened and evenly lit, RGB, at most 1600 pixels long, without any
        metadata. Made when first asked for: the facts are counted on a smaller sheet.
        """
        corners = None if self.corners is None else np.array(self.corners, np.float32) * self._photo.size
        return Image.fromarray(self._light.even(straighten(np.asarray(self._photo), corners, OUTPUT_SIDE)))

    @cached_property
    def overlay(self) -> Image.Image:
        """RGBA, of the image's size: what was measured, to lay over it. Drawn when first asked for."""
        return draw_overlay(self.image.size, self.drawn, self.facts)


def measure(photo: Path | bytes, *, subjects: Sequence[str] = ()) -> Measured:
    """Measure the drawing in a photo. Raises ``PhotoRefused`` for a file that cannot be measured."""
    opened = open_photo(photo)
    # Finding the sheet and counting take a quarter of the time at half the size, where that is enough.
    pixels = np.asarray(opened.reduce(2) if max(opened.size) >= 2 * WORK_SIDE else opened)
    corners = find_sheet(pixels)
    # Everything is counted on a small sheet, so that a drawing gives the same facts at any resolution.
    work = straighten(pixels, corners, WORK_SIDE)
    light = light_on(work)
    work = light.even(work)
    lab = to_lab(work)
    drawn = drawn_area(lab, light)
    with ThreadPoolExecutor(1) as aside:  # OpenCV and NumPy leave the other core free
        lines = aside.submit(line, lab, drawn)
        colours, places, range_of_light = palette(work, drawn), composition(lab, drawn), contrast(lab, drawn)
        warmth, saturation = colour_qualities(lab, drawn)
    facts = judge(
        Facts(
            schema=1,
            subjects=list(subjects),
            sheet=Sheet(found=corners is not None, orientation=_orientation(work), paper=light.paper),
            palette=colours,
            warmth=warmth,
            saturation=saturation,
            contrast=range_of_light,
            coverage=round(float(drawn.mean()), 3),
            composition=places,
            line=lines.result(),
        )
    )
    height, width = pixels.shape[:2]
    return Measured(
        facts=facts,
        corners=None if corners is None else [(float(x) / width, float(y) / height) for x, y in corners],
        drawn=drawn,
        _photo=opened,
        _light=light,
    )


def _orientation(image: Pixels) -> Orientation:
    ratio = image.shape[1] / image.shape[0]
    return "square" if 0.93 < ratio < 1.07 else "landscape" if ratio > 1 else "portrait"
