"""What is written for users about recipes is all that there is to set."""

from pathlib import Path

import pytest

from finetune.recipe import Recipe, Stage

PAGE = (Path(__file__).parents[2] / "docs/learning.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", sorted({*Stage.model_fields, *Recipe.model_fields} - {"name", "version"}))
def test_the_page_explains_every_option_of_a_recipe(option: str) -> None:
    told = PAGE.partition("\n## Recipes\n")[2].partition("\n## ")[0]
    assert f"`{option}`" in told or f"`{option}: " in told
