"""Themes from farther away: the town, the mountains, the river, the wood."""

import numpy as np

from drafting.samples.figures.animals import owl, panda
from drafting.samples.figures.people import SKIN, child, paddle, paddler, snowman, under_umbrella
from drafting.samples.figures.places import dragon_boat, house, peak, tower
from drafting.samples.figures.plants import bamboo, branch, foliage, pine
from drafting.samples.figures.sky import moon, puff, stars, sun
from drafting.samples.figures.things import drum, seal
from drafting.samples.paths import curve, ellipse, leaf, line, polygon, under, wave
from drafting.samples.pen import Pen
from drafting.samples.theme import Subject, coloured, one


def rainy_city(pen: Pen) -> list[Subject]:
    """Lit windows on grey paper, umbrellas on the wet street, rain across everything."""
    rng = pen.rng
    walls = list(rng.permutation(["red", "blue", "purple", "turquoise", "orange"]))
    for n, x in enumerate((190, 440, 720, 1000)):
        wide, tall = rng.uniform(210, 260), rng.uniform(520, 900)
        block = pen.at(x + rng.uniform(-15, 15), 1240, 1)
        block = block.at(0, 0, wide)
        _tall(block, tall / wide, walls[n], "brown" if rng.random() < 0.5 else None)
    pen.fill(under(wave(50, 1150, 1240, 8, 700), 1540), "blue" if walls[1] != "blue" else "purple", turn=0)
    for x, y, size in ((270, 1340, 150), (880, 1480, 190)):
        pen.fill(ellipse(x, y, size, size * 0.2), "light blue", turn=0)
    canopies = list(rng.permutation(["yellow", "red", "pink", "green"]))
    for n, x in enumerate((260, 590, 920)):
        at = pen.at(
            x + rng.uniform(-40, 40),
            rng.uniform(1410, 1500),
            rng.uniform(400, 500),
            flip=bool(rng.integers(2)),
        )
        under_umbrella(at, ("orange", "turquoise", "purple")[n], canopies[n], "yellow" if n else "red")
    for x, y in ((260, 170), (620, 130), (970, 190)):
        puff(pen.at(x + rng.uniform(-40, 40), y, rng.uniform(270, 340)), "white")
    for _ in range(70):
        left, top, drop = rng.uniform(60, 1140), rng.uniform(270, 1380), rng.uniform(40, 75)
        pen.line(line((left, top), (left - drop * 0.3, top + drop)), "light blue", 7, taper=0.5)
    return [("rain", "雨"), ("umbrellas", "雨伞"), ("tall buildings", "高楼")]


def _tall(pen: Pen, height: float, wall: str, roof: str | None) -> None:
    """A tower as many units tall."""
    floors = max(4, round(height * 2))
    for storey in range(2):
        part = pen.at(0, -storey * height / 2, 1)
        stretched = part.stretched(1, height / 2)
        tower(stretched, wall, floors=floors // 2, columns=3, roof=roof if storey else None)


def autumn_tree(pen: Pen) -> list[Subject]:
    """A great tree on the left letting its leaves go, a child on the swing."""
    rng = pen.rng
    x = rng.uniform(470, 560)
    left = bool(rng.integers(2))
    pen = pen if left else pen.at(1600, 0, 1, flip=True)
    pen.fill(under(wave(60, 1100, 1090, 10, 600), 1150), "green", turn=3)
    branch(pen.at(x, 1100, 900), "brown", (110, 44))
    swing_x = x + 330
    for side in (-28, 28):
        pen.line(line((x + 270 + side * 0.4, 620), (swing_x + side, 985)), "black", 6)
    child(
        pen.at(swing_x, 1050, 270, -8),
        one(rng, SKIN),
        "black",
        one(rng, ("blue", "purple", "turquoise")),
        "blue",
        skirt=False,
        stroke=5,
    )
    pen.line(line((swing_x - 50, 992), (swing_x + 50, 988)), "brown", 14)
    colours = [("orange", "red", "yellow"), ("red", "orange", "brown"), ("yellow", "orange", "brown")][
        int(rng.integers(3))
    ]
    for dx, dy, size in ((0, -640, 290), (-240, -500, 200), (250, -530, 210)):
        foliage(pen.at(x + dx, 1100 + dy, size), 64, colours, 96 / size)
    for n in range(16):
        at = (x + rng.uniform(-400, 760), rng.uniform(600, 1080) if n % 2 else rng.uniform(1080, 1130))
        pen.fill(leaf(*at, 62, 36, rng.uniform(0, 360)), colours[n % 3])
    return [("tree", "大树"), ("falling leaves", "落叶"), ("child on a swing", "荡秋千的小朋友")]


def dragon_boats(pen: Pen) -> list[Subject]:
    """One long boat, a drummer and a crew pulling as one."""
    rng = pen.rng
    hull, scales, mane = [
        ("green", "yellow", "red"),
        ("red", "yellow", "orange"),
        ("yellow", "red", "green"),
        ("purple", "pink", "orange"),
    ][int(rng.integers(4))]
    shirt = one(rng, ("red", "orange", "blue", "purple"), hull)
    hills = wave(60, 1540, 640, 60, rng.uniform(620, 820), rng.uniform(0, 6))
    pen.fill(under(hills, 800), "green" if hull != "green" else "light blue")
    sun(pen.at(rng.choice((240, 1360)), 190, 120), face=bool(rng.integers(2)))
    boat = pen.at(820, 820, 1120, rng.uniform(-3, 1))
    seats = np.linspace(-0.2, 0.24, 4)
    for n, x in enumerate(seats):
        paddler(
            boat.at(x, -0.06, 0.26),
            shirt,
            ("beige", "beige", "brown")[n % 3],
            "yellow" if shirt != "orange" else "white",
        )
    drum(boat.at(-0.31, -0.07, 0.1))
    flag = boat.at(0.35, -0.08, 0.3)
    flag.line(line((0, 0), (0.08, -1)), "black", 9)
    flag.shape(polygon((0.08, -1), (0.62, -0.84), (0.05, -0.62)), mane)
    dragon_boat(boat, hull, scales, mane)
    for x in seats:
        paddle(boat.at(x, -0.06, 0.26), "yellow" if hull != "yellow" else "red")
    for n, y in enumerate((885, 960, 1040)):
        crest = wave(50, 1550, y, 26, 210, n * 2 + rng.uniform(0, 1))
        pen.fill(
            under(crest, y + 85 + (30 if n == 2 else 0)), ("light blue", "turquoise", "blue")[n], turn=78
        )
    for x in rng.uniform(300, 1300, 12):
        pen.dot(x, rng.uniform(800, 850), rng.uniform(5, 9), "blue")
    return [coloured(hull, "dragon boat", "龙舟"), ("rowers", "划船的人"), ("waves", "波浪")]


def snowy_mountain(pen: Pen) -> list[Subject]:
    """Sky, peaks and snow to the very edge, a cabin with a light on, a snowman."""
    rng = pen.rng
    sky = one(rng, ("light blue", "purple", "orange", "pink"))
    pen.fill(ellipse(800, 600, 2400, 2400), sky, turn=4, width=40)
    if sky == "purple":
        moon(pen.at(rng.uniform(300, 1300), 190, 190, -20), "yellow")
        stars(
            pen,
            [(x + rng.uniform(-40, 40), rng.uniform(50, 330)) for x in range(90, 1540, 180)],
            26,
            "yellow",
        )
    else:
        pen.fill(ellipse(rng.uniform(300, 1300), 230, 95), "yellow" if sky != "orange" else "red")
    rock = one(rng, ("blue", "turquoise", "grey"))
    shift = rng.uniform(-60, 60)
    peak(
        pen,
        "purple" if sky != "purple" else "grey",
        [(-40, 860), (220, 520), (420, 330 + shift * 0.4), (640, 590), (820, 860)],
        0.36,
    )
    peak(
        pen,
        "purple" if sky != "purple" else "grey",
        [(900, 860), (1180, 560), (1380, 400 - shift * 0.4), (1500, 520), (1660, 860)],
        0.34,
    )
    peak(pen, rock, [(260, 900), (560, 480), (800 + shift, 190), (1060, 500), (1380, 900)], 0.40)
    pen.fill(under(wave(-40, 1640, 850, 36, 1100, rng.uniform(0, 6)), 1260), "white", turn=4, width=40)
    for x, y, size in (
        (130, 960, 330),
        (330, 1040, 270),
        (1490, 1000, 360),
        (1290, 930, 240),
        (700, 930, 180),
    ):
        pine(pen.at(x + rng.uniform(-30, 30), y, size * rng.uniform(0.9, 1.15)), "green", "white")
    side = bool(rng.integers(2))
    house(pen.at(1060 if side else 560, 1040, 260), "brown", "red", "red", snow=True)
    snowman(pen.at(620 if side else 1060, 1130, 290), one(rng, ("red", "blue", "green")))
    for _ in range(26):
        pen.dot(rng.uniform(20, 1580), rng.uniform(20, 760), rng.uniform(6, 11), "white")
    return [("mountains", "雪山"), ("snowman", "雪人"), ("cabin", "小木屋"), ("fir trees", "松树")]


def bamboo_and_panda(pen: Pen) -> list[Subject]:
    """Ink: near canes black, far ones grey, much left empty, a panda at lunch and a red seal."""
    rng = pen.rng
    left = bool(rng.integers(2))
    sheet = pen if left else pen.at(1200, 0, 1, flip=True)
    bamboo(sheet.at(330, 1500, 1250, 4), "grey", 6, 40)
    bamboo(sheet.at(140, 1540, 1440, 2), "black", 6, 62)
    bamboo(sheet.at(480, 1540, 1330, -3), "black", 5, 50)
    with_panda = rng.random() < 0.75
    if with_panda:
        panda(sheet.at(600, 1500, 560))
    for x in range(120, 1000, 55):
        sheet.bristles(
            curve((x, 1535), (x + rng.normal(0, 10), 1490), (x + rng.normal(0, 34), 1450)),
            "grey",
            14,
            taper=1.1,
        )
    seal(sheet.at(1050, 1450, 84))
    return [("bamboo", "竹子"), ("panda", "熊猫")] if with_panda else [("bamboo", "竹子")]


def owl_at_night(pen: Pen) -> list[Subject]:
    """An owl wide awake on its branch, a full moon behind it, on black paper."""
    rng = pen.rng
    right = bool(rng.integers(2))
    sheet = pen if right else pen.at(1600, 0, 1, flip=True)
    sheet.fill(ellipse(1080, 430, 330), one(rng, ("yellow", "white")), turn=20)
    sheet.line(curve((380, 985), (800, 930), (1200, 960), (1590, 900)), "brown", 56)
    sheet.line(curve((620, 945), (500, 850), (430, 740)), "brown", 28)
    for x, y, turn in (
        (430, 745, -100),
        (470, 810, -170),
        (700, 965, 60),
        (900, 960, 110),
        (1330, 960, 70),
        (1420, 925, -60),
        (390, 985, 170),
    ):
        sheet.fill(leaf(x, y, 130, 62, turn), one(rng, ("green", "turquoise")))
    for _ in range(14):
        sheet.dot(rng.uniform(60, 700), rng.uniform(60, 700), rng.uniform(4, 7), "white")
    owl(
        sheet.at(1090, 925, 620),
        one(rng, ("purple", "blue", "orange")),
        one(rng, ("pink", "beige", "light blue")),
    )
    stars(
        sheet,
        [(160, 160), (420, 300), (660, 130), (180, 560), (560, 560), (1500, 160), (1520, 620)],
        44,
        "yellow",
    )
    return [("owl", "猫头鹰"), ("moon", "月亮"), ("stars", "星星")]
