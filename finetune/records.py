"""Feedback as it is learned from: one record of the design's JSON Lines, read leniently, and its prompt."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast, get_args

from prompts import Context
from prompts.context import Audience, Length
from prompts.facts import Facts
from prompts.vocabulary import Language

SCHEMA = 1

Teacher = tuple[str, str]
"""The studio and the teacher: a teacher's id is one within a studio."""


class FeedbackError(ValueError):
    """A line of a feedback file cannot be read. The message names the line and what is wrong."""


@dataclass(frozen=True)
class Draft:
    """One candidate that the teacher was shown."""

    text: str


@dataclass(frozen=True)
class Record:
    """One acceptance. ``final`` is the accepted text; ``chosen`` is None when the teacher wrote their own.

    What a line leaves out is unknown: empty texts, no number. ``accepted_at`` is in UTC, to the second.
    ``trains`` is whether it may teach: where the line says ``"training": true``, or says nothing of that and
    knows of no child, or only the age.
    """

    id: str
    language: Language
    final: str
    drafts: tuple[Draft, ...]
    context: Context
    chosen: int | None = None
    studio: str = ""
    teacher: str = ""
    lesson: str = ""
    student: str = ""
    drawing: str = ""
    accepted_at: str = ""
    trains: bool = False
    line: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def draft(self) -> Draft | None:
        """The draft that the teacher chose, if any."""
        return None if self.chosen is None else self.drafts[self.chosen]


def read(path: Path) -> Iterator[Record]:
    """The records of a JSON Lines file in its order, one at a time. FeedbackError names a bad line."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield record(json.loads(line.decode("utf-8-sig")))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise FeedbackError(f"{path.name}, line {number}: {_why(error)}") from error


def record(line: Mapping[str, Any]) -> Record:
    """One line as a record. ValueError or KeyError for what is no feedback of schema 1."""
    if line["schema"] != SCHEMA:
        raise ValueError(f"schema {line['schema']} is not known here; this version reads schema {SCHEMA}")
    language = line["language"]
    if language not in get_args(Language):
        raise ValueError(f"language “{language}” is neither en nor zh")
    drafts = tuple(Draft(str(draft["text"])) for draft in line["drafts"])
    chosen = line.get("chosen")
    if chosen is not None and not (isinstance(chosen, int) and 0 <= chosen < len(drafts)):
        raise ValueError(f"chosen is {chosen}, of {len(drafts)} drafts")
    lesson, student = line.get("lesson") or {}, line.get("student") or {}
    return Record(
        id=str(line["id"]),
        language=language,
        final=str(line["final"]),
        drafts=drafts,
        context=context_of(line),
        chosen=chosen,
        studio=str(line.get("studio") or ""),
        teacher=str(line.get("teacher") or ""),
        lesson=str(lesson.get("id") or ""),
        student=str(student.get("id") or ""),
        drawing=str(line.get("drawing") or ""),
        accepted_at=in_utc(str(line.get("accepted_at") or "")),
        trains=_trains(line),
        line=line,
    )


def in_utc(time: str) -> str:
    """A time as all are compared, by their letters; without a zone it is taken for UTC. Of what is no time
    nothing: among times its letters would stand anywhere."""
    try:
        read = datetime.fromisoformat(time)
        read = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return read.strftime("%Y-%m-%dT%H:%M:%SZ")


def _trains(line: Mapping[str, Any]) -> bool:
    """Whether the line may teach. What is not known of a child is no consent."""
    if "training" in line:
        return line["training"] is True
    return not set(line.get("student") or {}) - {"age"}


def context_of(line: Mapping[str, Any]) -> Context:
    """What the prompt of a line's drafts was filled with: drafting and training render the same."""
    lesson: Any = line.get("lesson") or {}
    told: Any = line.get("context") or {}
    audience, length = lesson.get("audience"), lesson.get("length")
    age = (line.get("student") or {}).get("age")
    return Context(
        facts=cast(Facts, line.get("facts") or {}),
        theme=lesson.get("theme") or "",
        medium=lesson.get("medium") or "",
        criteria=tuple(lesson.get("criteria") or ()),
        audience=audience if audience in get_args(Audience) else "student",
        tone=lesson.get("tone") or "warm",
        length=length if length in get_args(Length) else "medium",
        age=age if isinstance(age, int) else None,
        voice=told.get("voice") or "",
        style=tuple(told.get("style") or ()),
        examples=tuple(told.get("examples") or ()),
        instruction=told.get("instruction") or "",
    )


def teacher_of(one: Record) -> Teacher:
    """Whose record it is."""
    return one.studio, one.teacher


def author_of(one: Record) -> tuple[str, str, Language]:
    """Whose text it is: a teacher's, in one language. Of two languages no sentences are compared."""
    return *teacher_of(one), one.language


def lesson_of(one: Record) -> str:
    """The lesson that is never parted; where it is unknown, what the teacher accepted on one day, hers: a
    class in the morning of Shanghai may begin and end on two days of UTC.

    Here it does no harm to hold too much together, so that nothing of a lesson is on both sides of a split.
    """
    if one.lesson or not one.accepted_at:
        return one.lesson or one.id
    return " ".join((*teacher_of(one), str(one.line["accepted_at"])[:10]))


def class_of(one: Record) -> str:
    """The lesson whose comments are compared with each other; where it is unknown, the record alone.

    Here it would do harm to hold too much together: what two classes of one day are told alike is no
    repetition, and no habit either.
    """
    return one.lesson or one.id


def with_final(one: Record, final: str) -> Record:
    """The record with another accepted text, in its line too."""
    return replace(one, final=final, line={**one.line, "final": final})


def write(path: Path, records: Iterable[Record]) -> int:
    """Writes the records' lines as they came; says how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for count, one in enumerate(records, 1):  # noqa: B007  counts
            file.write(json.dumps(dict(one.line), ensure_ascii=False) + "\n")
    return count


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "this is not in UTF-8; save the file in that encoding"
    if isinstance(error, json.JSONDecodeError):
        return f"this is no JSON ({error.msg.removesuffix(' at')}, character {error.pos + 1})"
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
