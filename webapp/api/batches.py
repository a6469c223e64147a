"""An upload of many photos that may be sent again: the same key with the same content is the same batch.

What became of each photo is noted on the batch in the transaction that takes the photo in. An upload that
broke off in the middle therefore goes on where it stopped when it is sent again; two that run at once write
the same notes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from werkzeug.datastructures import FileStorage

from drafting.measure.refusals import PhotoRefused
from webapp.lessons.tables import Batch, Drawing, Lesson, Student
from webapp.lessons.work import receive_photo
from webapp.platform.storage import Storage


class KeyReusedError(Exception):
    """This idempotency key was sent before, with something else."""


@dataclass(frozen=True)
class Sent:
    """One photo of an upload, and what was said of it."""

    file: FileStorage
    student: Student | None
    subjects: Sequence[str]


def fingerprint(files: Sequence[FileStorage], **said: Any) -> str:
    """A hash of all that was sent, by which a key's second use is judged. Leaves the files at their
    beginning.
    """
    digests = []
    for file in files:
        digests.append((file.filename, file_digest(file.stream, "sha256").hexdigest()))  # type: ignore[arg-type]
        file.stream.seek(0)
    return sha256(json.dumps([digests, said], sort_keys=True).encode()).hexdigest()


def open_batch(session: Session, now: datetime, lesson: Lesson, key: str | None, content: str) -> Batch:
    """The batch of this key, begun if it is not there yet. Raises KeyReusedError."""
    batch = Batch(studio_id=lesson.studio_id, lesson_id=lesson.id, key=key, content=content, created_at=now)
    same = select(Batch).where(Batch.studio_id == lesson.studio_id, Batch.key == key)
    there = session.exec(same).first() if key else None
    if there is None:
        try:
            with session.begin_nested():
                session.add(batch)
            return batch
        except IntegrityError:  # the same upload arrived twice at once
            there = session.exec(same).one()
    if there.content != content:
        raise KeyReusedError
    return there


def take_in(
    session: Session,
    now: datetime,
    storage: Storage,
    lesson: Lesson,
    batch: Batch,
    place: int,
    sent: Sent,
    *,
    draft: bool,
) -> None:
    """Take in the photo at this place, close its file, and note what became of it. Call it outside a
    transaction.
    """
    with sent.file.stream as stream:
        data = stream.read()
    note: dict[str, Any]
    try:
        received = receive_photo(
            session,
            now,
            storage,
            lesson,
            data,
            batch=batch,
            student=sent.student,
            subjects=sent.subjects,
            draft=draft,
        )
        note = {"drawing": received.drawing.id, "duplicate": received.drawing.batch_id != batch.id}
    except PhotoRefused as refused:
        note = {"refused": refused.code}
    session.refresh(batch, with_for_update=True)
    if len(batch.files) != place:
        return  # noted by another request that sends the same
    if any(earlier.get("drawing") == note.get("drawing", "") for earlier in batch.files):
        note["duplicate"] = True
    batch.files = [*batch.files, note]


def drawings_of(session: Session, batch: Batch) -> dict[str, Drawing]:
    """The drawings that the batch's photos became, by id; deleted ones are absent."""
    ids = [note["drawing"] for note in batch.files if "drawing" in note]
    found = session.exec(
        select(Drawing).where(col(Drawing.id).in_(ids), Drawing.studio_id == batch.studio_id)
    ).all()
    return {drawing.id: drawing for drawing in found}
