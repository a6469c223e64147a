"""What the API takes. Unknown fields are refused, so that a misspelt one is not passed over in silence."""

from datetime import date
from typing import Annotated, Any, NotRequired

from flask_babel import gettext as _
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    field_validator,
)
from spectree.model_adapter.pydantic_adapter import BaseFile
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from prompts.context import LIMITS, MOST
from prompts.facts import Direction, Orientation, Paper, Weight
from prompts.vocabulary import table
from webapp.accounts.tables import Language
from webapp.lessons.naming import SHORTEST_NAME
from webapp.lessons.tables import Audience, Length

Criterion = Annotated[str, StringConstraints(min_length=1, max_length=LIMITS["criterion"])]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LIMITS["subject"])]
Fraction = Annotated[float, Field(ge=0, le=1)]


def _two_characters(name: str) -> str:
    if name and len(name) < SHORTEST_NAME:
        raise ValueError(_("must have at least two characters"))
    return name


Name = Annotated[str, AfterValidator(_two_characters)]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NewStudent(Input):
    """A child to add to the roster."""

    name: Name = Field(min_length=1, max_length=80)
    called: Name = Field(
        "", max_length=80, description="How comments address the child. Empty: what is usual for the name."
    )
    birth_year: int | None = Field(None, ge=1900, le=2100)
    processing: bool = Field(
        False,
        description="The studio holds a guardian's consent to have the child's drawings measured and "
        "commented on with a model's help. Without it nothing of the child's is measured or drafted.",
    )
    training: bool = Field(
        False, description="The studio holds a guardian's other consent: the comments may teach the model."
    )


class NewLesson(Input):
    """A session taught."""

    title: str = Field(min_length=1, max_length=120)
    theme: str = Field("", max_length=LIMITS["theme"])
    medium: str = Field("", max_length=LIMITS["medium"])
    taught_on: date | None = Field(None, description="Default: today, in the studio's time zone.")
    criteria: list[Criterion] = Field(
        [], max_length=MOST["criteria"], description="What the comments are to look at."
    )
    audience: Audience = Field(Audience.STUDENT, description="Who reads the comments.")
    tone: str = Field("warm", max_length=LIMITS["tone"])
    length: Length = Length.MEDIUM
    language: Language | None = Field(None, description="Of the comments. Default: the studio's.")


class NewPhotos(BaseModel):
    """The photos of a class. Repeated `students` and `subjects` stand in the order of `photos`."""

    model_config = ConfigDict(extra="forbid")
    photos: list[BaseFile] = Field(min_length=1, description="One drawing each: JPEG, PNG, WebP or HEIC.")
    students: list[str] = Field(
        [],
        description="For each photo a student's id, or nothing: then, and for all when this is left out, "
        "the student is looked for in the photo's file name.",
    )
    subjects: list[str] = Field(
        [],
        description="Two to five words of what is drawn, with commas: once for all photos, or once for each.",
    )
    draft: bool = Field(True, description="Draft the comments as soon as the drawings are measured.")

    @field_validator("photos", "students", "subjects", mode="before")
    @classmethod
    def _many(cls, value: Any) -> Any:
        """A field that was sent once arrives bare."""
        return value if isinstance(value, list) else [value]

    @field_validator("photos")
    @classmethod
    def _files(cls, photos: list[Any]) -> list[Any]:
        if not all(isinstance(photo, FileStorage) for photo in photos):
            raise ValueError(_("must be files"))
        return photos


class UploadHeaders(BaseModel):
    key: str | None = Field(
        None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=120,
        description="A text of your own choice. Sent again with the same content, it gives the same batch.",
    )


class ColourChange(TypedDict):
    """One colour. `hex` left out: as measured, or usual. Shares are made to sum to 1."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
    name: Annotated[str, Field(examples=["orange"])]
    share: Annotated[float, Field(gt=0, le=1)]
    hex: NotRequired[Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]]


class SheetChange(TypedDict, total=False):
    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
    orientation: Orientation
    paper: Paper


class CompositionChange(TypedDict, total=False):
    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
    place: Annotated[str, Field(examples=["top left"])]
    centre: tuple[Fraction, Fraction]
    balance: Fraction
    symmetry: Fraction


class LineChange(TypedDict, total=False):
    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
    density: Fraction
    direction: Direction
    weight: Weight
    curved: Fraction


class Corrections(TypedDict, total=False):
    """Corrections, in the form of the facts. What is left out stays as it is; a palette is replaced whole.

    A `place` without its `centre` takes the measured centre away where the two contradict each other.
    `strengths` and `weakest` follow from the numbers unless they are sent.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]
    subjects: Annotated[list[Subject], Field(max_length=MOST["subjects"], examples=[["cat", "red mat"]])]
    palette: Annotated[list[ColourChange], Field(min_length=1, max_length=len(table()["colours"]))]
    warmth: Annotated[float, Field(ge=-1, le=1)]
    saturation: Fraction
    contrast: Fraction
    coverage: Fraction
    composition: CompositionChange
    line: LineChange
    sheet: SheetChange
    strengths: list[str]
    weakest: str | None


class FactsChange(RootModel[Corrections]):
    """What the teacher sees otherwise than it was measured."""


class NewDrafts(Input):
    """What to do otherwise this time."""

    instruction: str = Field(
        "",
        max_length=LIMITS["instruction"],
        description="For example “shorter”. It never becomes part of a comment.",
    )


class NewComment(Input):
    """The comment as it should stand."""

    revision: int = Field(ge=0, description="The revision that you saw; 0: there was no comment yet.")
    text: str | None = Field(
        None, min_length=1, max_length=6000, description="Left out: the draft's own text."
    )
    draft: str | None = Field(
        None, description="Id of the draft it began from; null: the teacher's own words."
    )
    accept: bool = Field(False, description="The teacher is done with it.")
