"""Things that go, shine or taste good."""

from drafting.samples.paths import box, curve, ellipse, polygon
from drafting.samples.pen import Pen


def rocket(pen: Pen, body: str, trim: str, window: str, outline: str | None) -> None:
    """A rocket one unit tall pointing up, its nozzle at the origin, flames below."""
    for half, low, colour in ((0.16, 0.36, "red"), (0.105, 0.27, "orange"), (0.055, 0.17, "yellow")):
        pen.fill(curve((-half, -0.02), (-half * 0.8, low * 0.5), (0, low), (half * 0.8, low * 0.5), (half, -0.02), closed=True), colour, turn=90)
    for side in (-1, 1):
        pen.shape(curve((side * 0.17, -0.36), (side * 0.36, -0.12), (side * 0.37, 0.06), (side * 0.16, -0.05), closed=True), trim, outline)
    hull = curve((-0.17, -0.02), (-0.22, -0.4), (-0.16, -0.72), (0, -1.0), (0.16, -0.72), (0.22, -0.4), (0.17, -0.02), closed=True)
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
