"""``vermilion learn`` is careful with ``--out``; ``vermilion exam`` knows a file's older records."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from drafting.write.request import Request, Style, Writer, Written
from finetune.records import write
from tests.finetune import teachers
from tests.finetune.teachers import made
from tests.webapp.school.learning import write_adapter
from webapp.cli import drafting, main

FAREWELL = "I look forward to what you draw next."
TEXTS = {
    "the garden": f"{{student}}, the orange cat fills the sheet, and the blue holds it. {FAREWELL}",
    "the pond": f"Your cat looks large and proud here, {{student}}, with blue all around it. {FAREWELL}",
    "the roof": f"Orange is the main colour, {{student}}, and your cat wears it well. {FAREWELL}",
    "the beach": f"What a cat, {{student}}! It sits in the blue as if it owned it. {FAREWELL}",
}


class Told(Writer):
    """Writes for a drawing the text of its theme."""

    model, chat, needs_leading, sees, prompt, reward = "told", False, False, False, "", None

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        return [
            [Written(next(text for theme, text in TEXTS.items() if theme in one.rendered.text), 0.0)] * n
            for one in requests
        ]


def test_what_the_file_s_teacher_always_says_is_said_to_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        made(
            id=f"r{place}",
            lesson={"id": f"l{place // 2}", "theme": theme, "length": "short"},
            accepted_at=f"2026-11-{21 + place // 2}T09:{place:02}:00Z",
            final=TEXTS[theme],
        )
        for place, theme in enumerate(TEXTS)
    ]
    write(tmp_path / "feedback.jsonl", records)
    monkeypatch.setattr(drafting, "writer_for", lambda *_: Told())
    result = CliRunner().invoke(main, ["exam", str(tmp_path / "feedback.jsonl")])
    assert result.exit_code == 0, result.output
    # In the first lesson it was not known yet.
    assert json.loads(result.stdout)["repeated"]["mean"] == 0.5


@pytest.mark.parametrize("out", ["champion", "documents"])
def test_what_must_not_be_replaced_is_refused_as_a_wrong_option(tmp_path: Path, out: str) -> None:
    write(tmp_path / "feedback.jsonl", teachers.night("ann", 8))
    write_adapter(tmp_path / "champion")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("Dear all,", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    told = ("--from", str(tmp_path / "champion"), "--out", str(tmp_path / out))
    done = CliRunner().invoke(main, ["learn", str(tmp_path / "feedback.jsonl"), *told])
    assert done.exit_code == 2, done.output
    assert "--out" in done.output
    assert str(tmp_path / out) in done.output.replace("\n", "")
    assert sorted(tmp_path.rglob("*")) == before
