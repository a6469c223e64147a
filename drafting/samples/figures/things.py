"""Things that go, shine or taste good."""

import numpy as np

from drafting.samples.paths import box, curve, ellipse, heart, line, polygon, star
from drafting.samples.pen import Pen


def rocket(pen: Pen, body: str, trim: str, window: str, outline: str | None) -> None:
    """A rocket one unit tall pointing up, its nozzle at the origin, flames below."""
    for half, low, colour in ((0.16, 0.36, "red"), (0.105, 0.27, "orange"), (0.055, 0.17, "yellow")):
        pen.fill(
            curve(
                (-half, -0.02),
                (-half * 0.8, low * 0.5),
                (0, low),
                (half * 0.8, low * 0.5),
                (half, -0.02),
                closed=True,
            ),
            colour,
            turn=90,
        )
    for side in (-1, 1):
        pen.shape(
            curve(
                (side * 0.17, -0.36),
                (side * 0.36, -0.12),
                (side * 0.37, 0.06),
                (side * 0.16, -0.05),
                closed=True,
            ),
            trim,
            outline,
        )
    hull = curve(
        (-0.17, -0.02),
        (-0.22, -0.4),
        (-0.16, -0.72),
        (0, -1.0),
        (0.16, -0.72),
        (0.22, -0.4),
        (0.17, -0.02),
        closed=True,
    )
    pen.shape(hull, body, outline)
    pen.shape(curve((-0.155, -0.73), (0, -1.0), (0.155, -0.73), (0, -0.69), closed=True), trim, outline)
    pen.shape(box(0, -0.06, 0.34, 0.06), trim, outline)
    for y, radius in ((-0.52, 0.105), (-0.25, 0.07)):
        pen.shape(ellipse(0, y, radius), window, None)
        pen.line(ellipse(0, y, radius), "yellow", 13)
    for side in (-1, 1):
        pen.dot(side * 0.038, -0.535, 0.018, "black")
    pen.line(ellipse(0, -0.515, 0.045, 0.04, start=15, sweep=150), "black", 6)


def ball_of_yarn(pen: Pen, colour: str) -> None:
    """A ball of radius 0.5 and its loose end."""
    pen.line(curve((0.3, 0.38), (0.8, 0.5), (1.1, 0.3), (1.5, 0.5)), colour, 8)
    pen.shape(ellipse(0, 0, 0.5), colour)
    for turn in (-50, 10, 60):
        pen.line(ellipse(0, 0, 0.46, 0.2, turn=turn, start=180, sweep=170), "black", 5)


def flying_saucer(pen: Pen, colour: str, alien: str) -> None:
    """A saucer one unit wide with somebody waving in it."""
    pen.shape(ellipse(0, -0.16, 0.24, 0.26), "light blue", None)
    pen.dot(0, -0.18, 0.13, alien)
    for side in (-1, 1):
        pen.dot(side * 0.05, -0.2, 0.025, "black")
    pen.shape(ellipse(0, 0, 0.5, 0.16), colour, None)
    for x in (-0.3, -0.1, 0.1, 0.3):
        pen.dot(x, 0.02, 0.035, "yellow")


def kite(pen: Pen, colour: str, cross: str) -> None:
    """A kite one unit tall, string and all."""
    pen.line(curve((0, 0.5), (0.08, 0.8), (-0.06, 1.1), (0.1, 1.5)), "black", 5)
    pen.shape(polygon((0, -0.5), (0.36, -0.05), (0, 0.5), (-0.36, -0.05)), colour)
    pen.line(polygon((0, -0.5), (0, 0.5)), cross, 8)
    pen.line(polygon((-0.36, -0.05), (0.36, -0.05)), cross, 8)


def robot(pen: Pen, metal: str, limbs: str, light: str) -> None:
    """A friendly robot one unit tall, feet at the origin."""
    for side in (-1, 1):
        pen.line(line((side * 0.1, -0.26), (side * 0.1, -0.06)), limbs, 46)
        pen.shape(
            curve((side * 0.02, 0), (side * 0.03, -0.08), (side * 0.2, -0.08), (side * 0.23, 0), closed=True),
            metal,
        )
        wave_ = -0.62 if side > 0 else -0.3
        pen.line(
            curve((side * 0.2, -0.52), (side * 0.32, (wave_ - 0.5) / 2), (side * 0.38, wave_)), limbs, 34
        )
        pen.line(
            ellipse(side * 0.39, wave_ - 0.03, 0.05, start=-90 if wave_ > -0.5 else 0, sweep=290), "black", 15
        )
    pen.shape(box(0, -0.42, 0.44, 0.38), metal)
    pen.shape(box(0, -0.43, 0.3, 0.22), "white")
    pen.fill(heart(-0.07, -0.45, 0.1), "red", width=9)
    pen.line(curve((0.0, -0.41), (0.03, -0.47), (0.06, -0.39), (0.09, -0.48), (0.12, -0.42)), "green", 8)
    for x, colour in ((-0.14, "red"), (0.0, "yellow"), (0.14, "green")):
        pen.dot(x, -0.275, 0.028, colour)
    pen.line(line((0, -0.6), (0, -0.65)), limbs, 40)
    for side in (-1, 1):
        pen.shape(box(side * 0.22, -0.78, 0.06, 0.1), limbs)
    pen.shape(box(0, -0.78, 0.38, 0.26), metal)
    for side in (-1, 1):
        pen.dot(side * 0.09, -0.81, 0.058, light)
        pen.line(ellipse(side * 0.09, -0.81, 0.058), "black", 7)
        pen.dot(side * 0.09, -0.81, 0.024, "black")
    mouth = np.vstack([ellipse(0, -0.72, 0.1, 0.055, start=0, sweep=180), [(0.1, -0.72)]])
    pen.shape(mouth, "white", "black", 7)
    for x in (-0.04, 0.0, 0.04):
        pen.line(line((x, -0.72), (x, -0.672)), "black", 5)
    pen.line(curve((0, -0.91), (0.02, -0.96), (0, -1.0)), "black", 8)
    pen.dot(0, -1.02, 0.035, "red")


def gear(pen: Pen, colour: str) -> None:
    """A cog of radius 0.5."""
    pen.shape(star(0, 0, 0.5, 9, inner=0.74), colour)
    pen.dot(0, 0, 0.14, "black")


def bunting(pen: Pen, x0: float, x1: float, y: float, sag: float, colours: tuple[str, ...]) -> None:
    """A string of little flags, in the pen's unit."""
    middle = (x0 + x1) / 2
    pen.line(curve((x0, y), (middle, y + sag), (x1, y)), "black", 6)
    for n, x in enumerate(np.linspace(x0, x1, 12)[:-1] + (x1 - x0) / 24):
        top = y + sag * (1 - ((x - middle) / (x1 - middle)) ** 2)
        pen.fill(polygon((x - 48, top), (x + 48, top), (x, top + 110)), colours[n % len(colours)], width=14)


def party_balloon(pen: Pen, colour: str) -> None:
    """A balloon one unit tall with its string."""
    pen.line(curve((0, 0.5), (0.08, 0.8), (-0.06, 1.1), (0.05, 1.45)), "black", 5)
    pen.shape(ellipse(0, 0, 0.4, 0.48), colour, None)
    pen.fill(polygon((-0.08, 0.56), (0.08, 0.56), (0, 0.44)), colour, width=8)
    pen.line(ellipse(0, 0, 0.27, 0.34, start=190, sweep=50), "white", 12, taper=0.6)


def bowl(pen: Pen, colour: str, pattern: str) -> None:
    """A bowl one unit wide, its rim at the origin."""
    pen.shape(
        curve(
            (-0.5, 0), (-0.4, 0.26), (-0.2, 0.4), (0.2, 0.4), (0.4, 0.26), (0.5, 0), (0, 0.04), closed=True
        ),
        colour,
    )
    for x in (-0.3, -0.1, 0.1, 0.3):
        pen.line(ellipse(x, 0.14, 0.075, 0.075, start=0, sweep=180), pattern, 13)
    pen.line(curve((-0.49, 0.02), (0, 0.06), (0.49, 0.02)), pattern, 13)


def drum(pen: Pen) -> None:
    """A red drum one unit wide, standing on the origin."""
    pen.shape(box(0, -0.4, 0.9, 0.7), "red")
    pen.shape(ellipse(0, -0.76, 0.45, 0.13), "beige")
    for x in (-0.3, -0.1, 0.1, 0.3):
        pen.dot(x, -0.16, 0.04, "yellow")


def seal(pen: Pen) -> None:
    """The painter's red seal, one unit square."""
    pen.fill(box(0, 0, 1, 1), "red")
    for path in (
        line((-0.3, -0.3), (0.3, -0.3)),
        line((0, -0.3), (0, 0.32)),
        line((-0.3, 0.02), (0.3, 0.02)),
        line((-0.32, 0.33), (0.32, 0.33)),
    ):
        pen.line(path, "white", 6)
