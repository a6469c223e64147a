"""Comments that a careful teacher would write are left alone: a check that cries wolf is switched off."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from drafting.check import check
from prompts import Context

ROWS = yaml.safe_load(Path(__file__).with_name("true_comments.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["comment"][:24])
def test_a_true_comment_has_no_flag(row: dict[str, Any]) -> None:
    palette = [{"name": name, "share": share / 100} for name, share in row["palette"].items()]
    facts: Any = {
        **row["facts"],
        "subjects": row["subjects"],
        "palette": palette,
        "sheet": {"paper": "white"},
    }
    context = Context(facts=facts, theme=row["theme"])
    assert check(row["comment"], context=context, language=row["language"]) == []
