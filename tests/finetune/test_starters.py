"""What ships, on drawings it was not taught with. Whether a teacher would keep it, only reading tells."""

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
def test_a_starter_writes_nearer_to_a_teacher_than_the_base_and_nothing_false(language: Language) -> None:
    ours, base = sat(language, starter(language)), sat(language, None)
    print(f"\n{language}: {ours}\nbase: {base}")
    assert ours["facts_wrong"]["mean"] == 0
    assert ours["by_kind"]["language"]["mean"] == 0
    assert ours["edit_cost_best"]["mean"] < base["edit_cost_best"]["mean"]
