"""``vermilion exam`` on a file, with a writer that gives what it is told to."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from drafting.write.request import Request, Style, Writer, Written
from finetune.records import write
from tests.finetune.teachers import made
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
