"""Themes for a fine day."""

import numpy as np

from drafting.samples.figures.animals import bee, butterfly, dog, fish, ladybird, octopus, snail
from drafting.samples.figures.people import HAIR, SKIN, child
from drafting.samples.figures.places import balloon, bird, house
from drafting.samples.figures.plants import daisy, grass, seaweed, sunflower, tulip
from drafting.samples.figures.sky import moon, planet, puff, stars, sun
from drafting.samples.figures.things import flying_saucer, rocket
from drafting.samples.paths import curve, ellipse, leaf, line, under, wave
from drafting.samples.pen import Pen
from drafting.samples.theme import Subject, coloured, one


def my_garden(pen: Pen) -> list[Subject]:
    """A row of flowers with faces on a strip of grass, the sun in a corner, visitors."""
    rng = pen.rng
    pen.fill(under(wave(60, 1540, 960, 14, 500, rng.uniform(0, 6)), 1130), "green", turn=rng.uniform(-20, 5))
    colours = list(rng.permutation(["red", "pink", "purple", "orange", "blue"]))
    spots = np.linspace(170, 1430, 7) + rng.uniform(-30, 30, 7)
    for n, x in enumerate(spots):
        flower = pen.at(x, 985, rng.uniform(360, 520))
        kind = (n + int(rng.integers(2))) % 3
        if kind == 0:
            daisy(flower, colours[n % 4])
        elif kind == 1:
            tulip(flower.at(0, 0, 0.75), colours[(n + 2) % 4])
        else:
            sunflower(flower.at(0, 0, 1.15))
    grass(pen, 70, 1530, 980, 70)
    left = bool(rng.integers(2))
    sun(pen.at(230 if left else 1370, 210, 165))
    butterfly(
        pen.at(900 if left else 640, 260, 230, rng.uniform(-25, 25)),
        one(rng, ("purple", "blue", "pink")),
        "yellow",
    )
    bee(pen.at(1290 if left else 270, 390, 140, rng.uniform(-15, 15)))
    snail(pen.at(rng.uniform(500, 1100), 1090, 210, flip=left), one(rng, ("orange", "pink")), "brown")
    return [("flowers", "花"), ("sun", "太阳"), ("butterfly", "蝴蝶"), ("snail", "蜗牛")]


def rocket_in_space(pen: Pen) -> list[Subject]:
    """A rocket on its way up between planets, on black paper."""
    rng = pen.rng
    body = one(rng, ("white", "light blue", "yellow"))
    trim = one(rng, ("red", "orange", "pink"))
    lean = float(rng.uniform(8, 24)) * rng.choice((-1, 1))
    side = 1 if lean > 0 else -1
    rocket(pen.at(600 - side * 60, 1120, 720, lean), body, trim, "turquoise", None)
    home = one(rng, ("orange", "purple", "pink"), trim)
    planet(pen.at(600 + side * 360, 1230, 210), home, "yellow", "red" if home != "pink" else "purple")
    moon(pen.at(600 - side * 360, 330, 260, flip=side > 0))
    flying_saucer(
        pen.at(600 - side * 340, 820, 240, side * 10),
        one(rng, ("pink", "light blue", "turquoise"), trim),
        "green",
    )
    places = [
        (x + rng.uniform(-50, 50), y + rng.uniform(-50, 50))
        for x, y in (
            (140, 130),
            (420, 150),
            (1040, 140),
            (1080, 520),
            (120, 560),
            (930, 880),
            (180, 1080),
            (160, 1430),
            (640, 1490),
            (1010, 1500),
        )
    ]
    stars(pen, places, 38, "yellow")
    stars(pen, [(x + (120 if x < 600 else -120), y + 60) for x, y in places[:5]], 20, "white")
    return [
        coloured(trim, "rocket", "火箭") if body == trim else ("rocket", "火箭"),
        ("planet", "星球"),
        ("stars", "星星"),
    ]


def sea_and_fish(pen: Pen) -> list[Subject]:
    """The whole sheet is sea: a shoal, an octopus and weed over sand."""
    rng = pen.rng
    deep = one(rng, ("blue", "turquoise", "light blue"))
    pen.fill(ellipse(800, 600, 2400, 2400), deep)
    pen.fill(under(wave(-40, 1640, rng.uniform(990, 1040), 24, 700, rng.uniform(0, 6)), 1300), "beige")
    for x in rng.permutation(np.array([90, 210, 640, 1380, 1500]))[:4]:
        seaweed(pen.at(x + rng.uniform(-40, 40), 1120, rng.uniform(360, 560)), "green")
    octopus(pen.at(rng.uniform(900, 1150), 900, rng.uniform(360, 430)), one(rng, ("purple", "pink", "red")))
    pairs = [
        ("orange", "red", "white"),
        ("yellow", "orange", None),
        ("pink", "purple", None),
        ("red", "yellow", "white"),
        ("orange", "yellow", "black"),
    ]
    spots = [(300, 300), (760, 210), (1270, 330), (480, 660), (840, 470), (230, 860)]
    for n, (x, y) in enumerate(spots):
        body, fins, bands = pairs[(n + int(rng.integers(5))) % 5]
        at = pen.at(
            x + rng.uniform(-50, 50),
            y + rng.uniform(-40, 40),
            rng.uniform(210, 330),
            rng.uniform(-14, 14),
            flip=bool(rng.integers(2)),
        )
        fish(at, body, fins, bands)
        for k in range(3):
            at.line(ellipse(-0.52 - 0.05 * k, -0.2 - 0.2 * k, 0.03 + 0.015 * k), "white", 6)
    return [("fish", "鱼"), ("octopus", "章鱼"), ("seaweed", "海草")]


def hot_air_balloons(pen: Pen) -> list[Subject]:
    """Striped balloons of all sizes scattered over hills."""
    rng = pen.rng
    pen.fill(under(wave(50, 1550, 1030, 45, 900, rng.uniform(0, 6)), 1150), "green")
    pen.fill(under(wave(50, 1550, 1100, 30, 600, rng.uniform(0, 6)), 1160), one(rng, ("turquoise", "yellow")))
    for x in rng.uniform(150, 1450, 3):
        house(pen.at(x, 1075, 115), one(rng, ("white", "beige", "pink")), "red", "brown")
    for x, y in ((330, 130), (800, 780), (1230, 130)):
        puff(pen.at(x + rng.uniform(-80, 80), y, rng.uniform(190, 280)), "light blue")
    pairs = [
        ("red", "yellow"),
        ("purple", "pink"),
        ("orange", "white"),
        ("blue", "turquoise"),
        ("red", "white"),
    ]
    pairs = [pairs[n] for n in rng.permutation(5)]
    mirror = bool(rng.integers(2))
    spots = [
        (430, 860, 640),
        (1060, 690, 480),
        (1390, 430, 330),
        (740, 400, 290),
        (150, 430, 260),
        (1340, 960, 300),
    ]
    for n, (x, y, size) in enumerate(spots):
        at = pen.at(
            1600 - x if mirror else x,
            y + rng.uniform(-40, 50),
            size * rng.uniform(0.9, 1.1),
            rng.uniform(-6, 6),
        )
        balloon(at.at(rng.uniform(-0.06, 0.06), 0, 1), pairs[n % 5])
    for x, y in ((1180, 170), (1270, 220), (860, 160)):
        bird(pen.at(x, y, 60))
    return [("hot-air balloons", "热气球"), ("hills", "小山"), ("clouds", "云")]


def my_family(pen: Pen) -> list[Subject]:
    """Everyone in a row before the house, and the dog."""
    rng = pen.rng
    pen.fill(
        under(wave(50, 1550, 1010, 10, 700, rng.uniform(0, 6)), 1140), "green", turn=rng.uniform(-12, 12)
    )
    home = bool(rng.integers(2))
    wall, roof = one(rng, ("beige", "light blue", "pink")), one(rng, ("red", "orange", "purple"))
    house(pen.at(350 if home else 1250, 1010, 520), wall, roof, "brown")
    sun(pen.at(1400 if home else 200, 190, 135))
    skin = one(rng, SKIN)
    hair = "black" if skin == "brown" else one(rng, HAIR)
    tops = list(rng.permutation(["red", "blue", "purple", "turquoise", "orange", "yellow"]))
    start = 740 if home else 230
    for n, (size, skirt) in enumerate(((590, False), (550, True), (380, bool(rng.integers(2))))):
        x = start + (0, 275, 510)[n]
        child(
            pen.at(x, 1065, size),
            skin,
            hair,
            tops[n],
            tops[n + 3] if skirt else "blue" if tops[n] != "blue" else "brown",
            skirt=skirt,
        )
    dog(pen.at(start + 730, 1085, 230), "brown" if skin != "brown" else "orange", "black")
    return [("family", "一家人"), ("house", "房子"), ("dog", "小狗")]


def ladybird_on_leaf(pen: Pen) -> list[Subject]:
    """One small thing looked at closely, down in a corner; the rest of the sheet is air."""
    rng = pen.rng
    pen.shape(leaf(60, 1120, 760, 330, -24), "green")
    pen.line(curve((70, 1118), (420, 985), (740, 815)), "black", 6)
    for t in (0.2, 0.35, 0.5, 0.65):
        x, y = 70 + 690 * t, 1118 - 305 * t
        pen.line(curve((x, y), (x + 50, y - 70), (x + 110, y - 110 + 40 * t)), "black", 5)
        pen.line(curve((x, y), (x + 90, y + 20), (x + 140, y + 30 - 40 * t)), "black", 5)
    grass(pen, 80, 760, 1150, 120)
    ladybird(pen.at(430 + rng.uniform(-40, 60), 930, 250, -28), one(rng, ("red", "orange", "yellow")))
    clock = pen.at(rng.uniform(190, 250), 560, 1)
    pen.line(curve((150, 1150), (190, 840), (clock.frame[0, 2], 560)), "green", 11)
    for turn in np.radians(np.arange(0, 360, 20)):
        c, s = np.cos(turn), np.sin(turn)
        clock.line(line((12 * c, 12 * s), (118 * c, 118 * s)), "grey", 5)
        clock.dot(126 * c, 126 * s, 9, "light blue")
    for x, y in ((420, 430), (560, 520), (640, 350), (800, 430), (930, 270)):
        seed = pen.at(x + rng.uniform(-40, 40), y + rng.uniform(-40, 40), 70, rng.uniform(10, 50))
        seed.line(line((0, 0.6), (0, 0)), "grey", 5)
        for lean in (-0.45, 0, 0.45):
            seed.line(line((0, 0), (lean, -0.45)), "grey", 5)
            seed.dot(lean, -0.5, 0.1, "light blue")
    ladybird(pen.at(210, 1010, 120, -30), one(rng, ("red", "orange")))
    return [("ladybirds", "瓢虫"), ("leaf", "叶子"), ("dandelion", "蒲公英")]
