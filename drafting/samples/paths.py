"""Shapes as paths: arrays of points (n, 2), x to the right and y down, in whatever unit the pen is set to."""

import numpy as np
from numpy.typing import NDArray

Path = NDArray[np.float64]
Point = tuple[float, float]


def line(*points: Point) -> Path:
    """Straight from point to point."""
    return np.array(points, float)


def polygon(*points: Point) -> Path:
    """Straight from point to point and back to the first."""
    return np.array([*points, points[0]], float)


def box(x: float, y: float, width: float, height: float) -> Path:
    """A rectangle about its centre."""
    a, b = width / 2, height / 2
    return polygon((x - a, y - b), (x + a, y - b), (x + a, y + b), (x - a, y + b))


def ellipse(
    x: float,
    y: float,
    rx: float,
    ry: float | None = None,
    *,
    turn: float = 0,
    start: float = 0,
    sweep: float = 360,
) -> Path:
    """An ellipse or an arc of it; degrees, clockwise from the right."""
    angle = np.radians(np.linspace(start, start + sweep, 48))
    px, py = rx * np.cos(angle), (rx if ry is None else ry) * np.sin(angle)
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return np.stack([x + c * px - s * py, y + s * px + c * py], 1)


def curve(*points: Point, closed: bool = False) -> Path:
    """A smooth line through the points (Catmull-Rom spline, centripetal enough for hand-placed points)."""
    p = np.array(points, float)
    ring = np.vstack([p[-1], p, p[0], p[1]]) if closed else np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, 12, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        pieces.append(
            b + (c - a) * t / 2 + (2 * a - 5 * b + 4 * c - d) * t**2 / 2 + (3 * (b - c) + d - a) * t**3 / 2
        )
    return np.vstack([*pieces, p[:1] if closed else p[-1:]])


def star(
    x: float, y: float, radius: float, points: int = 5, *, inner: float = 0.45, turn: float = -90
) -> Path:
    """A star with so many points."""
    angle = np.radians(turn + np.arange(2 * points + 1) * 180 / points)
    r = radius * np.where(np.arange(2 * points + 1) % 2, inner, 1.0)
    return np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], 1)


def heart(x: float, y: float, size: float) -> Path:
    """A heart as tall as ``size``, its middle at (x, y)."""
    t = np.linspace(0, 2 * np.pi, 40)
    px = 16 * np.sin(t) ** 3
    py = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([x + px * size / 32, y + py * size / 32], 1)


def cloud(x: float, y: float, width: float, height: float, bumps: int = 6) -> Path:
    """A puffy outline: half circles standing on an ellipse."""
    angle = np.linspace(0, 2 * np.pi, bumps * 10 + 1)
    puff = 1 + 0.22 * np.abs(np.sin(angle * bumps / 2))
    return np.stack([x + puff * np.cos(angle) * width / 2.3, y + puff * np.sin(angle) * height / 2.3], 1)


def wave(x0: float, x1: float, y: float, height: float, length: float, phase: float = 0) -> Path:
    """A sine wave from x0 to x1."""
    x = np.linspace(x0, x1, max(8, int(abs(x1 - x0) / length * 14)))
    return np.stack([x, y + height * np.sin(2 * np.pi * x / length + phase)], 1)


def leaf(x: float, y: float, length: float, width: float, turn: float) -> Path:
    """A leaf from its stalk at (x, y), pointing where ``turn`` says (degrees, clockwise from the right)."""
    t = np.linspace(0, 1, 14)
    half = width / 2 * np.sin(np.pi * t**0.8)
    px, py = np.r_[t, t[::-1]] * length, np.r_[half, -half[::-1]]
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return np.stack([x + c * px - s * py, y + s * px + c * py], 1)


def under(top: Path, bottom: float) -> Path:
    """The area below a line that runs from left to right, down to ``bottom``: hills, sea, grass."""
    return np.vstack([top, [top[-1, 0], bottom], [top[0, 0], bottom], top[:1]])


def resample(path: Path, step: float) -> Path:
    """The same path with its points ``step`` apart."""
    distance = np.r_[0, np.cumsum(np.hypot(*np.diff(path, axis=0).T))]
    at = np.linspace(0, distance[-1], max(2, int(distance[-1] / step) + 1))
    return np.stack([np.interp(at, distance, path[:, 0]), np.interp(at, distance, path[:, 1])], 1)


def tremble(path: Path, amount: float, rng: np.random.Generator) -> Path:
    """A hand's way along the path: slow drift of about ``amount`` pixels and a little tremor.

    Sines of random phase along the way travelled, so a closed path does not close quite: nor does a child's.
    """
    distance = np.r_[0, np.cumsum(np.hypot(*np.diff(path, axis=0).T))][:, None]
    drift = np.zeros_like(path)
    for wavelength, height in ((340.0, 0.7), (130.0, 0.45), (47.0, 0.18), (19.0, 0.07)):
        phase = rng.uniform(0, 2 * np.pi, 2)
        drift += height * np.sin(2 * np.pi * distance / (wavelength * rng.uniform(0.8, 1.25)) + phase)
    return path + amount * drift
