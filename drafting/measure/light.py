"""Finds the bare paper between the strokes, reads from it how the light fell, and evens it out.

Light multiplies, so all of it happens in logarithms of the pixel values: a shadow is then a sum, the same on
every colour, and a tint is a constant offset between channels.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.measure.colour import Floats, Pixels, lab_of
from prompts.facts import Paper

Bools = NDArray[np.bool_]

FIELD_SIDE = 128  # light varies slowly: it is read from this few pixels
DARK = 4.0  # added before the logarithm, so that the noise of black is not blown up
GREYS = (150.0, 200.0)  # a darker grey is a dim photo of grey paper
MOST_GAIN = 6.0  # a darker shadow holds nothing but noise
SAME_TINT = 0.07  # log difference between channels that still is the same paper
SAME_LIGHT = 0.11  # log difference in brightness to the fitted light that still is the same paper
AROUND = 0.6  # of the rim: a surface that goes all around is the paper, whatever its colour
ROUGH = 0.006  # what brushed white paint exceeds and bare paper does not
WHITE = (250.0, 249.0, 247.0)
KRAFT = (190.0, 150.0, 105.0)  # one material, much the same everywhere, so it can be balanced to like white


@dataclass(frozen=True)
class Light:
    """How the light fell on a sheet, and on what paper; ``gain``, a small field (h, w, 3), evens it."""

    paper: Paper
    gain: Floats
    bare: Bools  # where the paper is seen, of the gain's shape; nowhere when it is unseen

    def even(self, sheet: Pixels) -> Pixels:
        """The sheet, at any size, in even light."""
        # In 8 bits, in steps under half a percent: several times as fast as in floats.
        unit = 255 / float(self.gain.max())
        steps = cv2.resize(
            np.rint(self.gain * unit).astype(np.uint8), sheet.shape[1::-1], interpolation=cv2.INTER_LINEAR
        )
        return cv2.multiply(sheet, steps, scale=1 / unit)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class _Ground:
    """A surface that may be the bare paper: where it is, and what it would look like where it is covered."""

    mask: Bools
    field: Floats  # log RGB, (h, w, 3)
    rim: float  # its share of the sheet's rim
    sides: int  # of the four, those on which it holds a good part
    rough: float  # median log difference from its evenly lit colour


def light_on(sheet: Pixels) -> Light:
    """Reads the light off a straightened sheet; white, grey and kraft paper also tell the light's colour."""
    scale = FIELD_SIDE / max(sheet.shape[:2])
    small = cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ground = _bare_paper(small)
    if ground is None or (ground.rough > ROUGH and ground.rim <= AROUND):
        return Light("unseen", _gain_on_paint(small, ground), np.zeros(small.shape[:2], bool))
    colour = _colour(ground)
    paper = _kind(colour, _outshone(small, ground))
    here = np.maximum(np.exp(ground.field) - DARK, 1.0)  # the bare paper's colour in this light, everywhere
    grey = float(np.clip(colour.mean(), *GREYS))
    known = {"white": WHITE, "kraft": KRAFT, "grey": (grey, grey, grey)}.get(paper)
    if known:
        gain = np.asarray(known, np.float32) / here
    else:  # a colour of its own: only the brightness is evened
        gain = np.repeat(colour.mean() / here.mean(axis=2, keepdims=True), 3, axis=2) * np.float32(
            _exposure(small)
        )
    return Light(paper, np.minimum(gain, np.float32(MOST_GAIN)), ground.mask)


def _bare_paper(small: Pixels) -> _Ground | None:
    logs = np.log(cv2.medianBlur(small, 3).astype(np.float32) + DARK)
    white = []
    for seed in _smooth_parts(small):
        ground = _grow(logs, seed)
        if ground is None:
            continue
        if ground.rim > AROUND and ground.sides == 4:
            return ground
        # White paper may be left bare in a few places only; any other colour there is more likely paint.
        if ground.rim > 0.06 and ground.sides and _is_white(small, ground):
            white.append(ground)
    return max(white, key=lambda ground: ground.rim, default=None)


def _smooth_parts(small: Pixels) -> list[Bools]:
    """The larger areas without edges, those along the rim first."""
    blurred = cv2.medianBlur(small, 3)
    kernel = np.ones((3, 3), np.uint8)
    steps = (cv2.dilate(blurred, kernel).astype(np.float32) - cv2.erode(blurred, kernel)).max(axis=2)
    smooth = (steps < 5 + 0.06 * blurred.max(axis=2)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(smooth, connectivity=4)
    rim = np.bincount(labels[_rim(labels.shape)], minlength=count)
    weight = stats[:, cv2.CC_STAT_AREA] / labels.size + 4 * rim / labels.size
    weight[0] = 0
    order = [i for i in np.argsort(-weight)[:6] if weight[i] > 0.004]
    return [labels == i for i in order]


def _rim(shape: tuple[int, ...]) -> Bools:
    width = max(2, round(0.03 * max(shape)))
    rim = np.ones(shape, bool)
    rim[width:-width, width:-width] = False
    return rim


def _grow(logs: Floats, seed: Bools) -> _Ground | None:
    """From one smooth part to all of the same surface, under a light that varies smoothly over the sheet."""
    tint = logs - _grey(logs)[..., None]
    core = np.median(tint[seed], axis=0)
    same_tint = (cv2.absdiff(tint, np.full_like(tint, core)) < SAME_TINT).all(axis=2)
    mask = seed & same_tint
    if mask.sum() < 60:
        return None
    field = logs
    for i, (degree, sigma) in enumerate(((1, 0), (2, 9), (2, 6), (2, 4), (2, 3), (2, 3))):
        field = _light(logs, mask, degree, sigma)
        near = np.abs(_grey(logs - field)) < SAME_LIGHT
        # Without an edge between them, the shadow of a hand belongs to the paper it lies on, however dark.
        mask = same_tint & ((near | seed) if i < 4 else near)
        if mask.sum() < 60:
            return None
    rim = _rim(mask.shape)
    h, w = mask.shape
    depth = max(2, round(0.03 * max(h, w)))
    sides = sum(
        float(part.mean()) > 0.12 for part in (mask[:depth], mask[-depth:], mask[:, :depth], mask[:, -depth:])
    )
    return _Ground(
        mask,
        field,
        float(mask[rim].mean()),
        sides,
        float(np.median(np.abs((logs - field)[mask].mean(axis=1)))),
    )


def _grey(rgb: Floats) -> Floats:
    """The mean of the three channels, (h, w); ten times as fast as NumPy's over an axis of three."""
    return cv2.transform(rgb, np.full((1, 3), 1 / 3, np.float32))  # type: ignore[no-any-return]


def _light(logs: Floats, mask: Bools, degree: int, sigma: float) -> Floats:
    """A polynomial through the masked pixels, plus what it misses nearby (normalised convolution)."""
    basis = _basis(mask.shape, degree)
    terms = basis.shape[2]
    picked = np.flatnonzero(mask.ravel())[:: max(1, int(mask.sum()) // 2500)]
    rows = basis.reshape(-1, terms)[picked]
    ridge = 1e-3 * len(rows) * np.diag([0.0] + [1.0] * (terms - 1))  # tame where no paper is seen
    coefficients = np.linalg.solve(
        rows.T @ rows + ridge + 1e-9 * np.eye(terms), rows.T @ logs.reshape(-1, 3)[picked]
    )
    fitted = (basis @ coefficients).astype(np.float32)
    if not sigma:
        return fitted
    weight = mask.astype(np.float32)
    missed = cv2.GaussianBlur((logs - fitted) * weight[..., None], (0, 0), sigma)
    near = cv2.GaussianBlur(weight, (0, 0), sigma)
    return fitted + missed / (near + 0.02)[..., None]  # type: ignore[no-any-return]


@lru_cache(maxsize=32)
def _basis(shape: tuple[int, int], degree: int) -> NDArray[np.float64]:
    """The monomials of x and y (-1..1) up to a degree, shape (h, w, terms)."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return np.stack([x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)], axis=-1)


def _colour(ground: _Ground) -> Floats:
    """RGB 0..255 of the surface where the light is good."""
    return np.asarray(np.exp(np.percentile(ground.field[ground.mask], 80, axis=0)) - DARK, np.float32)


def _is_white(small: Pixels, ground: _Ground) -> bool:
    colour = _colour(ground)
    return _is_lamp(colour) and float(lab_of(colour)[0]) > 45 and not _outshone(small, ground)


def _is_lamp(colour: Floats) -> bool:
    """Whether white paper could look so: lamp and sky tint it along orange and blue, and only so far."""
    r, g, b = (float(max(c, 1.0)) for c in colour)
    return -0.30 < log(r / b) < 0.44 and abs(log(g / sqrt(r * b))) < 0.085


def _outshone(small: Pixels, ground: _Ground) -> bool:
    """Whether anything drawn is brighter in a channel than the paper there: nothing outshines white paper."""
    paper = np.exp(ground.field) - DARK
    brighter = ((small > 1.10 * paper + 4) & (paper < 215)).any(axis=2) & ~ground.mask
    brighter = cv2.erode(brighter.astype(np.uint8), np.ones((2, 2), np.uint8))
    return bool(brighter.mean() > 0.002)


def _kind(colour: Floats, outshone: bool) -> Paper:
    lightness, (r, g, b) = float(lab_of(colour)[0]), np.maximum(colour, 1.0)
    spread = float(np.log(max(r, g, b) / min(r, g, b)))
    if lightness < 22 or (lightness < 32 and spread < 0.35):
        return "black"
    if _is_lamp(colour) and not outshone:
        return "white"
    if spread < 0.13 or (spread < 0.25 and lightness < 75 and _is_lamp(colour)):
        return "grey" if outshone else "white"
    if r > g > b and 0.40 < np.log(r / b) < 0.9 and 26 < lightness < 80:
        return "kraft"
    return "coloured"


def _gain_on_paint(small: Pixels, white: _Ground | None) -> Floats:
    """Full-bleed paint tells nothing of the light's colour, but any white in it tells of the shadows."""
    shade = np.ones((2, 2, 1), np.float32)
    if white is not None:
        level = white.field.mean(axis=2, keepdims=True)
        shade = np.clip(np.exp(np.percentile(level[white.mask], 80) - level), 0.85, 1.6).astype(np.float32)
    return np.repeat(shade, 3, axis=2) * np.float32(_exposure(small))


def _exposure(small: Pixels) -> float:
    """How much to lift a dim photo whose paper's colour is not known: until its brightest parts glow."""
    return float(np.clip(235 / max(float(np.percentile(small.max(axis=2), 99)), 1), 1.0, 1.8))
