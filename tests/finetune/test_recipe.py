"""A recipe is read strictly, and says what is wrong with it."""

from pathlib import Path

import pytest

from finetune.recipe import BUILT_IN, RecipeError, load


def test_the_built_in_ones_and_one_of_a_file(tmp_path: Path) -> None:
    assert [load(name).name for name in BUILT_IN] == ["default", "classic", "starter"]
    assert [stage.stage for stage in load("default").stages] == ["sft", "reward", "joint", "reward"]
    mine = tmp_path / "mine.yaml"
    mine.write_text("stages: [{stage: policy, candidates: 4}]", encoding="utf-8")
    assert load(mine).name == "mine"
    assert load(mine).stages[0].candidates == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stages: []", "stages"),
        ("stages: [{stage: ppo}]", "stages.0.stage"),
        ("stages: [{stage: sft, rates: 1}]", "stages.0.rates"),
        ("stages: [{stage: sft, rate: 0}]", "stages.0.rate"),
        ("[sft]", "mine.yaml"),
        ("stages: [", "mine.yaml"),
        (f"stages: [{', '.join(['{stage: sft, examined: true}'] * 3)}]", "at most 2 stages"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=says):
        load(mine)


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="Use default, classic, starter"):
        load(tmp_path / "none.yaml")
