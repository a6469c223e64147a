"""A class from the lesson to the accepted comments, over the API alone, with the worker's own measuring."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlmodel import Session, select

from drafting import samples
from tests.webapp.api.conftest import Caller
from webapp.desk.tables import Draft
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.lessons.feedback import export_records
from webapp.lessons.tables import Drawing, DrawingState
from webapp.platform import jobs
from webapp.platform.tables import Job
from webapp.platform.worker import Worker


def write_drafts(held: Sequence[Job], worker: Worker) -> None:
    """Stands for the model: four texts a drawing that name its first colour."""
    for job in held:
        with worker.finishing(job) as session:
            drawing = session.get_one(Drawing, job.args["drawing"])
            assert drawing.facts is not None
            colour = drawing.facts["palette"][0]["name"]
            for shown in range(4):
                session.add(
                    Draft(
                        studio_id=drawing.studio_id,
                        drawing_id=drawing.id,
                        round=job.args["round"],
                        shown=shown,
                        text=f"{{student}}, the {colour} carries your picture ({shown}).",
                        score=0.5,
                        seed=shown,
                        prompt="comment@1",
                        model="stand-in",
                        instruction_id=job.args["instruction"],
                        created_at=datetime.now(UTC),
                    )
                )
            drawing.state = DrawingState.DRAFTED


@pytest.fixture
def worker(app: Flask) -> Worker:
    return Worker(app, jobs.DRAFTING, {**HANDLERS, "draft": write_drafts}, GIVEN_UP)


def test_from_the_lesson_to_usage(api: Caller, worker: Worker, session: Session) -> None:
    mia = api.post("/students", json={"name": "Mia Chen", "processing": True, "training": True}).json
    api.post("/students", json={"name": "Ben"})  # without a guardian's consent
    said = {"title": "Saturday group", "theme": "My garden", "medium": "marker"}
    lesson = api.post("/lessons", json=said).json
    photos = [
        (name, samples.photograph(samples.draw(theme, i), i, megapixels=1.0).data)
        for i, (name, theme) in enumerate(
            zip(("mia.jpg", "IMG_2.jpg", "ben.jpg"), samples.THEMES, strict=False)
        )
    ]
    sent = api.send(lesson["id"], *photos, ("notes.pdf", b"%PDF-1.7"), subjects="cat", key="saturday").json
    assert [file["state"] for file in sent["files"]] == ["received", "received", "received", None]
    session.commit()
    while worker.work_once():
        pass

    batch = api.get(f"/batches/{sent['id']}").json
    assert batch["finished"]
    assert [file["state"] for file in batch["files"]] == ["drafted", "drafted", "received", None]
    assert batch["files"][2]["reason"]["code"] == "no-consent"
    assert session.get_one(
        Drawing, batch["files"][2]["drawing"]
    ).wanted  # drafted, too, when the consent comes
    first, second = (api.get(f"/drawings/{file['drawing']}").json for file in batch["files"][:2])
    assert (first["student"], second["student"]) == (mia["id"], None)
    assert len(first["drafts"]) == 4
    assert first["facts"]["palette"][0]["name"] in first["drafts"][0]["text"]

    again = api.post(f"/drawings/{second['id']}/drafts", json={"instruction": "shorter"})
    assert again.status_code == 202
    session.commit()
    assert worker.work_once()
    redrafted = api.get(f"/drawings/{second['id']}").json
    assert {draft["round"] for draft in redrafted["drafts"]} == {1}

    for drawing in (first, redrafted):
        draft = drawing["drafts"][2]
        accepted = api.put(
            f"/drawings/{drawing['id']}/comment",
            json={"revision": 0, "draft": draft["id"], "text": draft["text"] + " Well seen.", "accept": True},
        )
        assert (accepted.status_code, accepted.json["state"]) == (200, "accepted")

    usage = api.get("/usage").json
    assert (usage["comments_accepted"], usage["drawings_drafted"]) == (2, 2)
    session.commit()
    records = list(export_records(session, api.studio))
    assert [record["chosen"] for record in records] == [2, 2]
    assert [record["training"] for record in records] == [True, False]  # nobody said whose the second is
    assert all(record["final"].startswith("{student}, the ") for record in records)
    assert api.get(f"/batches/{sent['id']}").json["finished"]

    assert api.delete(f"/students/{mia['id']}").status_code == 204
    session.commit()
    assert worker.work_once()  # the files are erased
    assert api.get(f"/drawings/{first['id']}").status_code == 404
    assert session.exec(select(Job).where(Job.state == "failed")).all() == []
    assert api.get("/usage").json["comments_accepted"] == 2
