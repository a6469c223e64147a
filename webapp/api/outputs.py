"""What the API gives."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from prompts.facts import Facts as Facts
from webapp.accounts.tables import Language
from webapp.desk.tables import CommentState
from webapp.lessons.tables import Audience, Consent, DrawingState, Length


class Output(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


class Student(Output):
    """A child of the roster. The two consents are a guardian's."""

    id: str
    name: str
    called: str
    birth_year: int | None
    processing: Consent
    training: Consent
    created_at: datetime


class Students(Output):
    students: list[Student]


class Lesson(Output):
    id: str
    title: str
    theme: str
    medium: str
    taught_on: date
    criteria: list[str]
    audience: Audience
    tone: str
    length: Length
    language: Language
    created_at: datetime


class Reason(Output):
    """Why something stopped: `code` for programs; `detail` says what is wrong and what to do."""

    code: str
    detail: str


class File(Output):
    """What became of one photo. Photos are told apart by their order: file names may be names."""

    drawing: str | None = Field(
        description="The drawing's id; null when the file was refused, or the drawing deleted."
    )
    duplicate: bool = Field(description="This very file was in the lesson already; `drawing` is that one.")
    state: DrawingState | None
    reason: Reason | None = Field(description="Why the file was refused, or measuring or drafting failed.")


class Batch(Output):
    """One upload, and how far each of its photos is."""

    id: str
    lesson: str
    created_at: datetime
    finished: bool = Field(
        description="Nothing of it is being measured or drafted, so there is nothing to wait for."
    )
    files: list[File] = Field(description="In the order in which they were sent.")


class Flag(Output):
    """A doubtful phrase of a draft: its first character and the one after its last, counted in Unicode code
    points.
    """

    span: tuple[int, int]
    kind: str
    reason: str


class Draft(Output):
    id: str
    round: int = Field(description="Counts the drawing's draftings, from 0.")
    shown: int = Field(description="Its place on the desk, from 0.")
    text: str
    flags: list[Flag]
    score: float
    prompt: str
    model: str


class Comment(Output):
    """The teacher's comment. Every change raises `revision`."""

    text: str
    state: CommentState
    revision: int
    draft: str | None = Field(validation_alias="draft_id")
    updated_at: datetime
    accepted_at: datetime | None


class Drawing(Output):
    """One photographed work and what there is to say about it."""

    id: str
    lesson: str
    student: str | None
    position: int
    state: DrawingState
    reason: Reason | None = Field(description="Why it was refused, failed, or is not drafted.")
    facts: Facts = Field(
        description="As measured, with the teacher's corrections. What is unknown is absent."
    )
    drafts: list[Draft] = Field(description="Of the last round, in the order in which they are shown.")
    comment: Comment | None


class Quota(Output):
    """What may still be drafted. A drawing uses one comment, with its first drafts; drafting it again,
    changing and accepting use none, and accepting works also when nothing is left.
    """

    plan: str = Field(examples=["teacher"])
    teachers: int = Field(description="So many people draft in the studio.")
    granted: int = Field(description="Comments of the plan in its present month.")
    used: int = Field(description="Of these, for drawings whose comment was accepted.")
    reserved: int = Field(description="Of these, for drawings that are drafted and not accepted yet.")
    packs: int = Field(description="Left of packs: used after the plan's own, and never expiring.")
    left: int = Field(description="Drawings that can still be drafted for the first time.")
    begins: datetime
    ends: datetime = Field(
        description="When new comments come; the trial's end, while it runs. At zero: wait until then, or an"
        " owner buys a pack or a larger plan at `offers`."
    )
    drafting: bool = Field(
        description="False when a payment is missing for so long that nothing new is drafted."
    )
    may_draft: bool = Field(description="Whether the maker of the key has a seat in the plan.")
    offers: str = Field(description="Address of the page with plans and packs.")


class Usage(Output):
    """What the studio has used this month, by its own calendar, and what its plan leaves it."""

    month: str = Field(examples=["2026-11"])
    time_zone: str
    comments_accepted: int = Field(description="Drawings whose comment was accepted for the first time.")
    drawings_drafted: int = Field(description="Drawings for which drafts were written for the first time.")
    quota: Quota | None = Field(description="Null on a server that sells nothing: nothing is limited there.")


class Wrong(Output):
    """One part of the request that is wrong."""

    pointer: str = Field(examples=["#/title"])
    detail: str


class ProblemDetails(Output):
    """An error, as RFC 9457 describes it. `type` tells programs what happened, `detail` tells people."""

    type: str = Field(examples=["urn:vermilion:problem:invalid"])
    title: str
    status: int
    detail: str
    errors: list[Wrong] = Field([], description="With status 422: what exactly is wrong.")


class StaleProblem(ProblemDetails):
    """The comment was changed meanwhile; `current` is how it stands."""

    type: Literal["urn:vermilion:problem:stale"]
    current: Comment | None
