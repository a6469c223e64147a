"""Themes for a rainy day."""

import numpy as np

from drafting.samples.figures.animals import cat
from drafting.samples.figures.food import apple, bananas, candle, grapes, pear, strawberry, tier
from drafting.samples.figures.people import HAIR, SKIN
from drafting.samples.figures.things import ball_of_yarn, bowl, bunting, gear, party_balloon, robot
from drafting.samples.paths import box, curve, ellipse, heart, line, star, under, wave
from drafting.samples.pen import Pen
from drafting.samples.theme import Subject, coloured, one


def cat_on_mat(pen: Pen) -> list[Subject]:
    """A cat in the middle of a striped oval mat, a ball of yarn beside it."""
    rng = pen.rng
    coat = one(rng, ("orange", "grey", "brown", "orange"))
    mat = one(rng, ("red", "blue", "turquoise", "purple"), coat)
    trim = one(rng, ("yellow", "pink", "light blue"), coat)
    yarn = one(rng, ("pink", "purple", "blue", "green", "red"), mat, coat)
    x = rng.uniform(700, 900)
    pen.shape(ellipse(x, 930, 560, 190), mat)
    pen.line(ellipse(x, 930, 490, 150), trim, 34)
    for side in (-1, 1):
        for dy in (-60, -20, 20, 60):
            pen.line(line((x + side * 556, 930 + dy), (x + side * 612, 930 + dy * 1.2)), trim, 12)
    cat(
        pen.at(x, 960, rng.uniform(680, 780), flip=bool(rng.integers(2))),
        coat,
        "brown" if coat != "brown" else "black",
    )
    side = rng.choice((-1, 1))
    ball_of_yarn(pen.at(x + side * 420, 985, 150, flip=side < 0), yarn)
    if rng.random() < 0.7:
        left = x > 800
        window = pen.at(290 if left else 1310, 330, 330)
        window.fill(box(0, 0, 1, 1), "light blue")
        for cut in (line((0, -0.5), (0, 0.5)), line((-0.5, 0), (0.5, 0)), box(0, 0, 1, 1)):
            window.line(cut, "brown", 18)
    return [("cat", "猫"), coloured(mat, "mat", "垫子"), coloured(yarn, "ball of yarn", "毛线球")]


def fruit_bowl(pen: Pen) -> list[Subject]:
    """A still life on kraft paper: a patterned bowl, fruit in it and beside it, a table's edge."""
    rng = pen.rng
    cloth = one(rng, ("white", "light blue", "pink"))
    dish = one(rng, ("blue", "turquoise", "purple"))
    x = rng.uniform(760, 880)
    pen.fill(under(wave(40, 1560, 800, 6, 900), 1150), cloth, turn=2)
    for at in range(120, 1560, 160):
        pen.line(line((at, 808), (at + (at - 800) * 0.16, 1142)), dish, 10)
    for y in (880, 970, 1065):
        pen.line(line((50, y), (1550, y)), dish, 10)
    grapes(pen.at(x + 265, 420, 420), "purple" if dish != "purple" else "green")
    pear(pen.at(x + 60, 620, 370, 8), "green" if dish == "purple" else "yellow")
    apple(pen.at(x - 215, 640, 310, -10), "red")
    apple(pen.at(x - 70, 670, 270, 6), one(rng, ("orange", "red", "green")))
    bowl(pen.at(x, 600, 900), dish, one(rng, ("yellow", "white", "orange")))
    side = -1 if x > 820 else 1
    bananas(pen.at(x + side * 470, 1060, 270))
    apple(pen.at(x - side * 500, 1050, 200, -20), "orange")
    return [("fruit", "水果"), coloured(dish, "bowl", "碗"), ("bananas", "香蕉")]


def self_portrait(pen: Pen) -> list[Subject]:
    """A large face looking at you, in a striped jumper."""
    rng = pen.rng
    skin, hair = one(rng, SKIN), one(rng, HAIR)
    if skin == "brown":
        hair = "black"
    jumper = one(rng, ("red", "blue", "green", "purple", "turquoise"))
    stripe = one(rng, ("yellow", "white", "pink"), jumper)
    plaits = bool(rng.integers(2))
    body = pen.at(600 + rng.uniform(-50, 50), 1580, 1080)
    shoulders = curve(
        (-0.5, 0.06), (-0.44, -0.3), (-0.16, -0.44), (0.16, -0.44), (0.44, -0.3), (0.5, 0.06), closed=True
    )
    if plaits:
        for side in (-1, 1):
            for n in range(5):
                body.shape(ellipse(side * (0.34 + 0.012 * n), -0.62 + 0.085 * n, 0.07, 0.06), hair)
            body.fill(ellipse(side * 0.39, -0.2, 0.05, 0.07), jumper)
    body.shape(shoulders, jumper)
    for y, half in ((-0.3, 0.38), (-0.18, 0.42), (-0.06, 0.46)):
        body.line(curve((-half, y), (0, y + 0.05), (half, y)), stripe, 52)
    body.shape(box(0, -0.435, 0.2, 0.09), skin, None)
    for side in (-1, 1):
        body.shape(ellipse(side * 0.375, -0.76, 0.055, 0.085), skin)
    fringe = [(0.3, -0.98), (0.16, -1.02), (0.02, -0.98), (-0.14, -1.03), (-0.3, -0.96)]
    body.shape(
        curve(
            (0, -0.42), (-0.26, -0.52), (-0.36, -0.8), *fringe[::-1], (0.36, -0.8), (0.26, -0.52), closed=True
        ),
        skin,
    )
    body.shape(
        curve(
            (-0.38, -0.84),
            (-0.37, -1.12),
            (-0.2, -1.3),
            (0.02, -1.33),
            (0.24, -1.28),
            (0.38, -1.1),
            (0.38, -0.84),
            *fringe,
            closed=True,
        ),
        hair,
    )
    iris = one(rng, ("brown", "green", "blue"), skin)
    for side in (-1, 1):
        body.shape(ellipse(side * 0.15, -0.8, 0.085, 0.062), "white")
        body.dot(side * 0.15, -0.795, 0.045, iris)
        body.dot(side * 0.15, -0.795, 0.022, "black")
        body.line(ellipse(side * 0.15, -0.87, 0.09, 0.035, start=190, sweep=160), hair, 15)
        body.fill(ellipse(side * 0.22, -0.65, 0.065, 0.045), "pink")
    body.line(curve((0.0, -0.78), (0.04, -0.69), (-0.03, -0.68)), "black", 8)
    body.shape(curve((-0.11, -0.59), (0, -0.57), (0.11, -0.59), (0, -0.51), closed=True), "red")
    if rng.random() < 0.45:
        for side in (-1, 1):
            body.line(ellipse(side * 0.155, -0.795, 0.125, 0.1), "blue", 15)
        body.line(line((-0.03, -0.8), (0.03, -0.8)), "blue", 15)
    for n, spot in enumerate(((150, 190), (1050, 200), (85, 470), (1115, 480))):
        if n % 2:
            pen.fill(star(*spot, 70), "yellow")
        else:
            pen.fill(heart(*spot, 110), "pink")
    return [("face", "脸"), coloured(jumper, "jumper", "毛衣"), coloured(hair, "hair", "头发")]


def robot_friend(pen: Pen) -> list[Subject]:
    """A robot that waves, on pink paper."""
    rng = pen.rng
    metal = one(rng, ("blue", "turquoise", "grey"))
    limbs = one(rng, ("purple", "orange", "green"))
    robot(
        pen.at(600 + rng.uniform(-40, 40), 1420, 1180, rng.uniform(-4, 4), flip=bool(rng.integers(2))),
        metal,
        limbs,
        "yellow",
    )
    pen.fill(under(wave(80, 1120, 1430, 8, 600), 1500), limbs, turn=72)
    cogs = [(180, 250), (1020, 230), (150, 1150), (1060, 1190)]
    for n, (x, y) in enumerate(cogs):
        gear(
            pen.at(
                x + rng.uniform(-25, 25), y + rng.uniform(-40, 40), rng.uniform(120, 190), rng.uniform(0, 40)
            ),
            ("yellow", "white", "orange", "turquoise")[n],
        )
    return [coloured(metal, "robot", "机器人"), ("cogs", "齿轮")]


def birthday_cake(pen: Pen) -> list[Subject]:
    """Three tiers, as many candles as birthdays, flags and balloons."""
    rng = pen.rng
    sponge = [
        one(rng, ("pink", "yellow")),
        one(rng, ("brown", "purple")),
        one(rng, ("turquoise", "light blue")),
    ]
    icing = one(rng, ("pink", "purple", "light blue", "orange"), *sponge)
    pen.shape(ellipse(800, 1095, 520, 50), "blue")
    for (top, width), colour in zip(((860, 820), (670, 600), (500, 390)), sponge, strict=True):
        tier(pen, 800, top, width, 195, colour, icing)
    age = int(rng.integers(4, 8))
    for n, x in enumerate(np.linspace(650, 950, age)):
        candle(
            pen.at(x, 496 - 12 * np.sin(n * np.pi / max(1, age - 1)), 150),
            ("red", "blue", "green", "orange")[n % 4],
        )
    for x, y in (
        (545, 672),
        (600, 655),
        (1000, 655),
        (1055, 672),
        (440, 868),
        (1160, 868),
        (500, 850),
        (1100, 850),
    ):
        strawberry(pen.at(x, y, 74))
    bunting(pen, 60, 1540, 60, 130, ("red", "yellow", "green", "blue", "orange"))
    for side, colour in ((-1, one(rng, ("red", "orange"))), (1, one(rng, ("green", "purple", "blue")))):
        party_balloon(pen.at(800 + side * 590, rng.uniform(520, 640), 270, side * 5), colour)
    return [
        ("birthday cake", "生日蛋糕"),
        ("candles", "蜡烛"),
        ("strawberries", "草莓"),
        ("balloons", "气球"),
    ]
