"""What the children draw with: how each medium takes to the paper."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Medium:
    """All 0..1 but the last two.

    ``grain``: how much paper shows through. ``streak``: how visible the single strokes of a fill are.
    ``edge``: how much darker paint dries at its rim. ``cloud``: how it pools. ``hatched``: it
    scribbles. ``width``: of a line drawn without pressing, in pixels of the sheet.
    """

    en: str
    zh: str
    grain: float
    streak: float
    edge: float
    cloud: float
    hatched: bool
    width: float


MARKER = Medium("marker", "马克笔", grain=0.03, streak=0.5, edge=0.0, cloud=0.1, hatched=True, width=9)
CRAYON = Medium("crayon", "蜡笔", grain=0.8, streak=0.35, edge=0.0, cloud=0.3, hatched=True, width=12)
PENCIL = Medium(
    "coloured pencil", "彩色铅笔", grain=0.6, streak=0.6, edge=0.0, cloud=0.2, hatched=True, width=6
)
PASTEL = Medium("oil pastel", "油画棒", grain=0.4, streak=0.3, edge=0.0, cloud=0.4, hatched=True, width=15)
WATERCOLOUR = Medium(
    "watercolour", "水彩", grain=0.15, streak=0.0, edge=0.8, cloud=0.9, hatched=False, width=9
)
GOUACHE = Medium("gouache", "水粉", grain=0.1, streak=0.5, edge=0.0, cloud=0.3, hatched=False, width=11)
INK = Medium("ink", "水墨", grain=0.1, streak=0.0, edge=0.5, cloud=0.6, hatched=False, width=8)
