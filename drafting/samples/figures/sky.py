"""What is up there."""

import numpy as np

from drafting.samples.paths import cloud, ellipse, line, star
from drafting.samples.pen import Pen


def sun(pen: Pen, colour: str = "yellow", rays: str = "orange", *, face: bool = True) -> None:
    """A sun of radius 0.5 with rays to 1; the origin is its middle."""
    count = int(pen.rng.integers(10, 15))
    for turn in np.radians(np.arange(count) * 360 / count + pen.rng.uniform(0, 30)):
        c, s = np.cos(turn), np.sin(turn)
        pen.line(line((0.62 * c, 0.62 * s), (pen.rng.uniform(0.85, 1.05) * c, 0.98 * s)), rays, 15)
    pen.shape(ellipse(0, 0, 0.5), colour, rays)
    if face:
        for side in (-1, 1):
            pen.dot(side * 0.17, -0.08, 0.055, "black")
            pen.dot(side * 0.28, 0.1, 0.07, "pink")
        pen.line(ellipse(0, 0.04, 0.19, 0.2, start=20, sweep=140), "black", 8)


def puff(pen: Pen, colour: str, outline: str | None = None) -> None:
    """A cloud one unit wide."""
    pen.shape(cloud(0, 0, 1.0, 0.5, int(pen.rng.integers(5, 8))), colour, outline)


def planet(pen: Pen, colour: str, ring: str, spots: str) -> None:
    """A ringed planet of radius 0.5."""
    pen.line(ellipse(0, 0, 0.85, 0.22, turn=-18, start=180, sweep=180), ring, 16)
    pen.shape(ellipse(0, 0, 0.5), colour, None)
    for x, y, r in ((-0.18, -0.2, 0.1), (0.2, -0.26, 0.06), (0.12, 0.3, 0.08)):
        pen.dot(x, y, r, spots)
    pen.line(ellipse(0, 0, 0.85, 0.22, turn=-18, start=0, sweep=180), ring, 16)


def moon(pen: Pen, colour: str = "yellow", outline: str | None = None) -> None:
    """A crescent about one unit tall, open to the left."""
    outer, inner = (
        ellipse(0, 0, 0.5, start=-110, sweep=220),
        ellipse(-0.26, 0, 0.54, 0.47, start=88, sweep=-176),
    )
    pen.shape(np.vstack([outer, inner, outer[:1]]), colour, outline)


def stars(pen: Pen, places: list[tuple[float, float]], size: float, colour: str) -> None:
    """Five-pointed stars of about ``size`` where told, each turned as it comes."""
    for x, y in places:
        radius = size * pen.rng.uniform(0.6, 1.2)
        pen.fill(star(x, y, radius, turn=pen.rng.uniform(-110, -70)), colour, width=9)
