"""A child's hand: it fills, draws lines and dabs, wobbling as its skill allows, in the medium it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.samples.canvas import Canvas, Field, Mask, Pixels
from drafting.samples.colours import Rgb, mix
from drafting.samples.media import Medium
from drafting.samples.paths import Path, ellipse, resample, tremble

_SUBPIXEL = 4  # OpenCV draws in fixed point: coordinates times 2**4
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels
_IDENTITY = np.array([[1.0, 0, 0], [0, 1.0, 0]])


@dataclass(frozen=True)
class Pen:
    """``frame`` (2, 3) takes the pen's unit to pixels; ``wobble`` in pixels; ``paints``: mixed so far."""

    canvas: Canvas
    medium: Medium
    rng: np.random.Generator
    wobble: float
    paints: dict[str, Rgb]
    frame: NDArray[np.float64]

    @classmethod
    def new(cls, canvas: Canvas, medium: Medium, rng: np.random.Generator, skill: float) -> Pen:
        """A pen in pixels of the sheet; ``skill`` 0..1 steadies it."""
        return cls(canvas, medium, rng, 2.0 + 5.5 * (1 - skill), {}, _IDENTITY)

    def at(self, x: float, y: float, scale: float, turn: float = 0, *, flip: bool = False) -> Pen:
        """A pen for one figure: its origin at (x, y), its unit ``scale`` of this one's, turned clockwise."""
        c, s = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
        m = -1 if flip else 1
        a, t = self.frame[:, :2], self.frame[:, 2]
        return replace(self, frame=np.column_stack([a @ [[m * c, -s], [m * s, c]], a @ [x, y] + t]))

    def stretched(self, x: float, y: float) -> Pen:
        """A pen whose unit is wider and taller than this one's by these factors."""
        return replace(self, frame=self.frame * (x, y, 1))

    def holding(self, medium: Medium) -> Pen:
        """The same hand with another medium."""
        return replace(self, medium=medium)

    def fill(self, path: Path, colour: str, *, turn: float | None = None, width: float | None = None) -> None:
        """Colour the inside of a path; a scribbling medium runs at ``turn`` degrees (else its own whim)."""
        outline = self._drawn(path, self.wobble)
        turn = float(self.rng.normal(-35, 22)) if turn is None else turn
        stroke = width or self.medium.width * 1.7
        box = self._box(outline, stroke * 2)
        if box is None:
            return
        if self.medium.hatched:
            mask, overlap = self._scribble(outline, turn, stroke, box)
        else:
            mask = _blank(box)
            cv2.fillPoly(mask, [_fixed(outline, box)], 255, cv2.LINE_AA, _SUBPIXEL)
            overlap = None
        self._lay(mask, box, colour, overlap, tracks=(turn, stroke))

    def line(self, path: Path, colour: str, width: float | None = None, *, taper: float = 0.0) -> None:
        """Draw along a path with varying pressure; ``width`` in pixels; ``taper`` 0..1 thins the ends."""
        width = width or self.medium.width
        points = self._drawn(path, self.wobble * 0.8)
        box = self._box(points, width + 2)
        if box is None:
            return
        t = np.linspace(0, 1, len(points))
        pressure = 1 + 0.16 * np.sin(t * self.rng.uniform(4, 9) + self.rng.uniform(0, 6))
        pressure *= 1 - taper * np.abs(2 * t - 1) ** 3
        mask = _blank(box)
        fixed, widths = _fixed(points, box), np.maximum(1, np.rint(width * pressure)).astype(int)
        for a, b, w in zip(fixed, fixed[1:], widths, strict=False):
            cv2.line(mask, a, b, 255, int(w), cv2.LINE_AA, _SUBPIXEL)
        self._lay(mask, box, colour)

    def shape(
        self, path: Path, colour: str, outline: str | None = "black", width: float | None = None
    ) -> None:
        """Fill, then go round it."""
        self.fill(path, colour)
        if outline:
            self.line(path, outline, width)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """A solid spot: an eye, a berry, a button. ``radius`` in the pen's unit."""
        points = self._drawn(ellipse(x, y, radius), self.wobble * 0.15)
        box = self._box(points, 2)
        if box is None:
            return
        mask = _blank(box)
        cv2.fillPoly(mask, [_fixed(points, box)], 255, cv2.LINE_AA, _SUBPIXEL)
        self._lay(mask, box, colour)

    def bristles(
        self, path: Path, colour: str, width: float, *, dryness: float = 0.4, taper: float = 0.6
    ) -> None:
        """One stroke of a soft brush: many hairs side by side, some of which run dry before the end."""
        points = self._drawn(path, self.wobble * 0.4)
        box = self._box(points, width + 4)
        if box is None:
            return
        mask, n = _blank(box), len(points)
        t = np.linspace(0, 1, n)
        normal = np.gradient(points, axis=0)[:, ::-1] * (1, -1)
        normal /= np.maximum(np.hypot(*normal.T), 1e-6)[:, None]
        swell = 1 - taper * np.abs(2 * t - 0.85) ** 2.2
        hairs = max(7, int(width / 3))
        thick = max(2, round(width / hairs * 1.5))
        for across in np.linspace(-0.5, 0.5, hairs):
            last = max(3, int(n * (1 - dryness * self.rng.beta(1, 3))))
            hair = points + normal * (across * width * swell)[:, None]
            cv2.polylines(mask, [_fixed(hair[:last], box)], False, 255, thick, cv2.LINE_AA, _SUBPIXEL)
        self._lay(mask, box, colour)

    def _drawn(self, path: Path, wobble: float) -> Path:
        return tremble(resample(path @ self.frame[:, :2].T + self.frame[:, 2], 5.0), wobble, self.rng)

    def _box(self, points: Path, margin: float) -> Box | None:
        """What the stroke can touch of the sheet; None when it is all outside."""
        height, width = self.canvas.owner.shape
        left, top = np.maximum(np.floor(points.min(0) - margin), 0).astype(int)
        right, bottom = np.minimum(np.ceil(points.max(0) + margin), (width, height)).astype(int)
        return (int(left), int(top), int(right), int(bottom)) if right > left and bottom > top else None

    def _scribble(self, outline: Path, turn: float, stroke: float, box: Box) -> tuple[Mask, Mask]:
        """Rows of strokes to and fro, ends overshooting: the mask, and where neighbours overlap."""
        c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        turned = outline @ np.array([[c, -s], [s, c]])
        back = np.array([[c, s], [-s, c]])
        a, b = turned, np.roll(turned, -1, 0)
        slope = (b[:, 0] - a[:, 0]) / np.where(b[:, 1] == a[:, 1], 1, b[:, 1] - a[:, 1])
        rows = np.arange(turned[:, 1].min() + stroke * 0.3, turned[:, 1].max(), stroke * 0.68)
        masks, overshoot = (_blank(box), _blank(box)), self.wobble * 0.55
        last: Path | None = None
        for number, y in enumerate(rows + self.rng.normal(0, stroke * 0.04, len(rows))):
            crossing = (a[:, 1] <= y) != (b[:, 1] <= y)
            xs = np.sort(a[crossing, 0] + (y - a[crossing, 1]) * slope[crossing])
            for x0, x1 in zip(xs[::2], xs[1::2], strict=False):
                x0, x1 = (
                    x0 - self.rng.normal(-0.2 * stroke, overshoot),
                    x1 + self.rng.normal(-0.2 * stroke, overshoot),
                )
                bow = self.rng.normal(0, min(stroke * 0.12, (abs(x1 - x0)) * 0.03))
                row = (
                    np.array([(x0, y), ((x0 + x1) / 2, y + bow), (x1, y)])[:: 1 if number % 2 else -1] @ back
                )
                if last is not None and len(xs) == 2:
                    row = np.vstack([last, row])
                cv2.polylines(
                    masks[number % 2], [_fixed(row, box)], False, 255, round(stroke), cv2.LINE_AA, _SUBPIXEL
                )
                last = row[-1:] if len(xs) == 2 else None
        return cv2.max(*masks), cv2.min(*masks)

    def _lay(
        self,
        mask: Mask,
        box: Box,
        colour: str,
        overlap: Mask | None = None,
        tracks: tuple[float, float] | None = None,
    ) -> None:
        """Lay the stroke as the medium takes; ``tracks``: direction and width of a fill's strokes."""
        left, top, right, bottom = box
        medium, canvas = self.medium, self.canvas
        inside: Pixels = slice(None), slice(None)
        at: Pixels = slice(top, bottom), slice(left, right)
        y, x = np.ogrid[top:bottom, left:right]
        if 2 * cv2.countNonZero(mask) < mask.size:  # a thin line in a large box: only the pixels it meets
            rows, columns = np.nonzero(mask)
            inside, y, x = (rows, columns), rows + top, columns + left
            at = y, x
        tooth, clouds = canvas.tooth[at], canvas.clouds[at]
        strength: Field = np.clip(0.97 - medium.grain * (0.16 + 0.2 * tooth - 0.05 * clouds), 0.3, 1.0)
        shade: Field = 1 - (0.05 * medium.cloud) * clouds
        if overlap is not None:
            shade -= np.float32(0.14 * medium.streak / 255) * overlap[inside]
        elif tracks and medium.streak:
            turn, stroke = tracks
            down, along = np.float32(np.cos(np.radians(turn))), np.float32(np.sin(np.radians(turn)))
            across = y.astype(np.float32) * down - x.astype(np.float32) * along + 7 * clouds
            shade += (0.10 * medium.streak) * _stripes(across * np.float32(2.6 / stroke), self.rng)
        if tracks and medium.edge:
            rim = cv2.subtract(mask, cv2.GaussianBlur(mask, (0, 0), 7))
            shade -= np.float32(medium.edge * 0.30 / 255) * rim[inside]
        if colour not in self.paints:
            self.paints[colour] = mix(colour, self.rng)
        cover = mask[inside] * np.float32(1 / 255)
        canvas.lay(at, cover, self.paints[colour], colour, strength, shade)


def _stripes(across: Field, rng: np.random.Generator) -> Field:
    """The tracks of a flat brush, -1..1: smooth random stripes, one a unit of the way across."""
    fine = 8
    stripes = np.interp(np.arange(512 * fine) / fine, np.arange(512), rng.uniform(-1, 1, 512))
    return stripes.astype(np.float32)[(across * fine).astype(np.int32) % len(stripes)]


def _blank(box: Box) -> Mask:
    left, top, right, bottom = box
    return np.zeros((bottom - top, right - left), np.uint8)


def _fixed(points: Path, box: Box) -> NDArray[np.int32]:
    return np.asarray(np.rint((points - box[:2]) * (1 << _SUBPIXEL)), np.int32)
