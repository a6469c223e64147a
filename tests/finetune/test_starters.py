"""What ships writes comments that a teacher would keep; the base alone does not."""

from pathlib import Path
from typing import Any

import pytest

from drafting.bases import default_base, find, starter
from drafting.write import open_writer
from finetune.demonstrations import golden
from finetune.exam import examine
from prompts.vocabulary import Language
from tests.conftest import HOME


def sat(language: Language, adapter: Path | None) -> dict[str, Any]:
    """The figures of an exam on some golden drawings, drafted as the desk would."""
    writer = open_writer(find(default_base(language)), adapter=adapter, home=HOME)
    return examine(golden(language)[:12], writer).figures


@pytest.mark.model
@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_starter_writes_what_can_be_sent_and_the_base_alone_does_not(language: Language) -> None:
    ours, base = sat(language, starter(language)), sat(language, None)
    print(f"\n{language}: {ours}\nbase: {base}")
    assert (ours["facts_wrong"]["mean"], ours["repeated"]["mean"]) == (0, 0)
    assert ours["misfit"]["mean"] < 0.1
    assert base["misfit"]["mean"] > 2 * ours["misfit"]["mean"]
    assert ours["edit_cost"]["mean"] < base["edit_cost"]["mean"]
