"""``vermilion learn`` is careful with what lies at ``--out``."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from finetune.records import write
from tests.finetune import teachers
from tests.webapp.school.learning import write_adapter
from webapp.cli import main


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
