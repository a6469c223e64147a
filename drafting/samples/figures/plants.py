"""Flowers, grass and trees."""

import numpy as np

from drafting.samples.paths import curve, ellipse, leaf, line
from drafting.samples.pen import Pen


def daisy(pen: Pen, petals: str, middle: str = "yellow") -> None:
    """A flower one unit tall on its stem, rooted at the origin."""
    bend = float(pen.rng.normal(0, 0.06))
    pen.line(curve((0, 0), (bend, -0.35), (0, -0.7)), "green", 14)
    for side, y in ((-1, -0.22), (1, -0.32)):
        pen.shape(leaf(bend * 0.7, y, 0.28, 0.13, -90 + side * 52), "green", None)
    count = int(pen.rng.integers(6, 9))
    for turn in np.arange(count) * 360 / count:
        c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        pen.shape(ellipse(0.155 * c, -0.76 + 0.155 * s, 0.12, 0.075, turn=turn), petals, None)
    pen.shape(ellipse(0, -0.76, 0.09), middle, None)
    pen.dot(-0.03, -0.775, 0.013, "black")
    pen.dot(0.03, -0.775, 0.013, "black")
    pen.line(ellipse(0, -0.755, 0.035, 0.026, start=15, sweep=150), "black", 4)


def tulip(pen: Pen, petals: str) -> None:
    """A tulip one unit tall, rooted at the origin."""
    pen.line(curve((0, 0), (0.02, -0.4), (0, -0.68)), "green", 14)
    for side in (-1, 1):
        pen.shape(leaf(0, -0.03, 0.5, 0.12, -90 + side * 22), "green", None)
    cup = curve(
        (-0.17, -0.97),
        (-0.09, -0.88),
        (0, -1.0),
        (0.09, -0.88),
        (0.17, -0.97),
        (0.15, -0.7),
        (0, -0.62),
        (-0.15, -0.7),
        closed=True,
    )
    pen.shape(cup, petals, None)


def sunflower(pen: Pen) -> None:
    """A sunflower one unit tall, rooted at the origin."""
    pen.line(curve((0, 0), (-0.03, -0.4), (0, -0.72)), "green", 18)
    for side, y in ((-1, -0.26), (1, -0.4)):
        pen.shape(leaf(0, y, 0.32, 0.2, -90 + side * 58), "green", None)
    for turn in np.arange(13) * 360 / 13:
        x, y = 0.1 * np.cos(np.radians(turn)), 0.1 * np.sin(np.radians(turn))
        pen.fill(leaf(x, -0.78 + y, 0.15, 0.1, turn), "yellow", turn=turn)
    pen.shape(ellipse(0, -0.78, 0.115), "brown", None)


def grass(pen: Pen, x0: float, x1: float, y: float, height: float, colour: str = "green") -> None:
    """Blades along a line, in pixels of the pen's unit."""
    for x in np.arange(x0, x1, height * 0.42):
        lean, tall = pen.rng.normal(0, height * 0.22), height * pen.rng.uniform(0.6, 1.15)
        pen.line(curve((x, y + 4), (x + lean * 0.3, y - tall / 2), (x + lean, y - tall)), colour, taper=0.5)


def seaweed(pen: Pen, colour: str) -> None:
    """A waving ribbon of weed one unit tall, rooted at the origin."""
    y = np.linspace(0, -1, 30)
    x = 0.07 * np.sin(y * 11 + pen.rng.uniform(0, 6))
    pen.line(np.stack([x, y], 1), colour, 30, taper=0.5)
    for n, at in enumerate(range(5, 27, 4)):
        pen.fill(leaf(x[at], y[at], 0.16, 0.07, -90 + (52 if n % 2 else -52)), colour)


def branch(pen: Pen, colour: str, widths: tuple[float, float] = (60, 18)) -> None:
    """A bare tree one unit tall, rooted at the origin; ``widths`` of trunk and boughs in pixels."""
    trunk, bough = widths
    pen.line(curve((0, 0), (0.03, -0.25), (-0.02, -0.52)), colour, trunk)
    for x, y, ex, ey in (
        (0, -0.42, -0.3, -0.72),
        (0, -0.48, 0.3, -0.78),
        (-0.02, -0.5, -0.05, -0.92),
        (0.02, -0.34, 0.32, -0.5),
        (0, -0.36, -0.34, -0.5),
    ):
        pen.line(curve((x, y), ((x + ex) / 2, (y + ey) / 2 + 0.03), (ex, ey)), colour, bough, taper=0.2)


def pine(pen: Pen, needles: str = "green", snow: str | None = None) -> None:
    """A fir one unit tall, rooted at the origin, with snow on it or not."""
    pen.fill(line((-0.05, 0), (0.05, 0), (0.05, -0.2), (-0.05, -0.2)), "brown", turn=90)
    for low, high, half in ((-0.12, -0.5, 0.3), (-0.34, -0.74, 0.24), (-0.58, -1.0, 0.17)):
        pen.fill(
            line((-half, low), (0, high), (half, low), (half * 0.3, low - 0.04), (-half * 0.3, low - 0.04)),
            needles,
        )
        if snow:
            drop = (low - high) * 0.42
            cap = line(
                (0, high - 0.01),
                (half * 0.44, high + drop),
                (half * 0.1, high + drop * 0.8),
                (-half * 0.2, high + drop * 1.1),
                (-half * 0.44, high + drop),
            )
            pen.fill(cap, snow)


def bamboo(pen: Pen, colour: str, joints: int, width: float) -> None:
    """A cane one unit tall from the origin, in single strokes of a soft brush from joint to joint."""
    lean = float(pen.rng.normal(0, 0.04))
    for n in range(joints):
        a, b = n / joints, (n + 0.94) / joints
        pen.bristles(line((lean * a, -a), (lean * b, -b)), colour, width, dryness=0.15, taper=0.12)
        pen.line(
            line((lean * b - width * 0.0006, -b - 0.01), (lean * b + width * 0.0006, -b - 0.01)), colour, 7
        )
        if n and pen.rng.random() < 0.75:
            side = float(pen.rng.choice((-1, 1)))
            sprig(pen.at(lean * b, -b, 0.19), colour, side)


def sprig(pen: Pen, colour: str, side: float) -> None:
    """Bamboo leaves hanging to one side, one unit out from the origin."""
    pen.line(curve((0, 0), (side * 0.3, -0.12), (side * 0.6, -0.1)), colour, 5)
    for at, turn in ((0.35, 62), (0.5, 30), (0.6, 5), (0.45, 95)):
        length = pen.rng.uniform(0.55, 0.95)
        aim = np.radians(turn + pen.rng.normal(0, 8))
        tip = (side * (at + length * np.cos(aim)), -0.1 + length * np.sin(aim))
        middle = (side * (at + length * 0.55 * np.cos(aim - 0.14)), -0.1 + length * 0.5 * np.sin(aim))
        pen.bristles(curve((side * at, -0.1), middle, tip), colour, 30, dryness=0.1, taper=1.15)


def foliage(pen: Pen, spots: int, colours: tuple[str, ...], size: float) -> None:
    """Leaves dabbed all over a unit circle, thicker in the middle; ``size`` of a leaf in the pen's unit."""
    for n in range(spots):
        turn, far = pen.rng.uniform(0, 2 * np.pi), np.sqrt(pen.rng.uniform(0, 1))
        x, y = far * np.cos(turn), far * np.sin(turn) * 0.8
        pen.fill(
            leaf(x, y, size * pen.rng.uniform(0.8, 1.3), size * 0.62, pen.rng.uniform(0, 360)),
            colours[n % len(colours)],
        )
