"""The sheet: its paper, the paint on it, and beside every pixel the name of the paint that lies on top."""

from typing import TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from drafting.samples.colours import Rgb, names
from prompts.facts import Paper
from prompts.vocabulary import table

Mask = NDArray[np.uint8]
# Pixels of the sheet, as rows and columns: a block of them, or any few. Either indexes an array.
Pixels = tuple[slice, slice] | tuple[NDArray[np.intp], NDArray[np.intp]]
Field = NDArray[np.float32]

PAPERS: dict[Paper, tuple[int, int, int]] = {
    "white": (250, 249, 246),
    "grey": (172, 171, 168),
    "kraft": (191, 151, 106),
    "black": (33, 32, 34),
    "coloured": (244, 190, 204),
    "unseen": (250, 249, 246),
}


class Truth(TypedDict):
    """What was painted, counted from the paint and not from the picture.

    ``palette``: colour name to its share of the drawn area, largest first, summing to 1. ``coverage``: drawn
    area as a share of the sheet. ``centre``: its centre of mass, fractions of the sheet from its top left.
    """

    palette: dict[str, float]
    coverage: float
    paper: Paper
    place: str
    centre: tuple[float, float]


class Canvas:
    """A sheet of paper in pixels; ``owner`` (height, width) holds colour ids, 0 where the paper is bare."""

    def __init__(self, width: int, height: int, paper: Paper, rng: np.random.Generator) -> None:
        self.paper = paper
        self.tooth = _noise(width, height, 1.2, rng)
        self.clouds = cv2.resize(_noise(width // 16, height // 16, 3.0, rng), (width, height))
        self.owner: Mask = np.zeros((height, width), np.uint8)
        fibre = self.tooth * 1.1 + self.clouds * 0.8
        self.image: Field = np.array(PAPERS[paper], np.float32) + fibre[:, :, None]

    def lay(self, at: Pixels, cover: Field, rgb: Rgb, name: str, strength: Field, shade: Field) -> None:
        """Lay paint on the pixels ``at``; the fields have the shape of ``owner[at]``.

        ``cover``, 0..1, is how much of each pixel the stroke covers; ``strength``, 0..1, how much paint the
        grain takes; ``shade``, about 1, lighter and darker places. The pigment is deepened by what shows
        through, so that from arm's length the stroke reads as ``rgb``: what the owner map says, an eye sees.
        """
        ground, owner = self.image[at], self.owner[at]
        core, painted = cover > 0.5, owner > 0
        pigment = _deepened(rgb, ground, strength, shade, core & ~painted)
        if painted.any():  # the first layer has filled the paper's grain: a second one covers better
            strength = np.where(painted, 0.55 + 0.45 * strength, strength)
            second = _deepened(rgb, ground, strength, shade, core & painted)
            pigment = np.where(painted[..., None], second, pigment)
        paint = np.minimum(shade[..., None] * pigment, 255)
        self.image[at] = ground + (strength * cover)[..., None] * (paint - ground)
        self.owner[at] = np.where(core, names().index(name) + 1, owner)

    def truth(self) -> Truth:
        """Count the owner map. White paint on white paper is bare paper to any eye, and is counted so."""
        owner = self.owner
        counts = np.bincount(owner.ravel(), minlength=len(names()) + 1)
        drawn = owner > 0
        if self.paper == "white":
            white = names().index("white") + 1
            counts[white], drawn = 0, drawn & (owner != white)
        area = int(counts[1:].sum())
        if not area:
            return Truth(palette={}, coverage=0.0, paper=self.paper, place="centre", centre=(0.5, 0.5))
        shares = {name: float(n) / area for name, n in zip(names(), counts[1:], strict=True) if n}
        rows, columns = drawn.sum(1), drawn.sum(0)
        height, width = owner.shape
        x = float((columns * (np.arange(width) + 0.5)).sum() / area / width)
        y = float((rows * (np.arange(height) + 0.5)).sum() / area / height)
        return Truth(
            palette=dict(sorted(shares.items(), key=lambda item: -item[1])),
            coverage=area / owner.size,
            paper=self.paper,
            place=_place(x, y),
            centre=(x, y),
        )

    def scan(self) -> Image.Image:
        """The sheet as a flatbed would see it, RGB."""
        return Image.fromarray(np.clip(self.image, 0, 255).astype(np.uint8))


def _deepened(rgb: Rgb, ground: Field, strength: Field, shade: Field, where: NDArray[np.bool_]) -> Rgb:
    """The pigment that, laid so thin over this ground, averages to ``rgb``."""
    region = np.flatnonzero(where)
    if not len(region):
        return rgb
    region = region[:: 1 + len(region) // 40_000]  # a sample is enough for a mean
    taken, tone = strength.reshape(-1)[region].mean(), shade.reshape(-1)[region].mean()
    beneath = ground.reshape(-1, 3)[region].mean(0)
    return np.asarray(np.clip((rgb - (1 - taken) * beneath) / (taken * tone), 0, 255), np.float32)


def _noise(width: int, height: int, sigma: float, rng: np.random.Generator) -> Field:
    """Smooth noise (height, width) of mean 0 and deviation 1."""
    field = cv2.GaussianBlur(rng.standard_normal((height, width), np.float32), (0, 0), sigma)
    mean, deviation = cv2.meanStdDev(field)
    return np.asarray((field - mean[0]) / deviation[0], np.float32)


def _place(x: float, y: float) -> str:
    low, high = table()["place_lines"]
    column = "left" if x < low else "right" if x > high else ""
    row = "top" if y < low else "bottom" if y > high else ""
    return f"{row} {column}".strip() or "centre"
