"""The facts of a drawing, schema 1: what was measured, and the words the teacher added.

Plain data: a dict that goes to JSON and back unchanged. Every key may be absent, which means unknown, so
readers use ``.get``. Fractions are 0..1 and ``warmth`` is -1..1.
"""

from typing import Literal

from typing_extensions import TypedDict  # which the API can read on Python 3.11 too

Orientation = Literal["landscape", "portrait", "square"]
Paper = Literal["white", "grey", "kraft", "black", "coloured", "unseen"]
Direction = Literal["horizontal", "vertical", "diagonal", "mixed"]
Weight = Literal["fine", "medium", "bold"]


class Sheet(TypedDict, total=False):
    """The paper. ``found`` is false when no edge was seen and the whole photo was taken for the sheet."""

    found: bool
    orientation: Orientation
    paper: Paper


class Colour(TypedDict):
    """One colour of the palette; ``share`` is of the drawn area, and the shares of a palette sum to 1."""

    name: str
    zh: str
    hex: str
    share: float


class Composition(TypedDict, total=False):
    """``centre`` is the drawn area's centre of mass, (x, y) as fractions of the sheet from its top left."""

    place: str
    centre: tuple[float, float]
    balance: float
    symmetry: float


class Line(TypedDict, total=False):
    """``density``: share of the sheet on or beside an edge; ``curved``: share of the contours that bends."""

    density: float
    direction: Direction
    weight: Weight
    curved: float


class Facts(TypedDict, total=False):
    """The whole of what is known of one drawing."""

    schema: Literal[1]
    subjects: list[str]
    sheet: Sheet
    palette: list[Colour]
    warmth: float
    saturation: float
    contrast: float
    coverage: float
    composition: Composition
    line: Line
    strengths: list[str]
    weakest: str | None
