"""A recipe is read strictly, and says what is wrong with it."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from finetune import recipe
from finetune.recipe import BUILT_IN, READS, RecipeError, Stage, load


def test_the_built_in_ones_and_one_of_a_file(tmp_path: Path) -> None:
    assert [load(name).name for name in BUILT_IN] == ["default", "classic", "starter"]
    assert [stage.stage for stage in load("default").stages] == ["sft", "reward", "joint", "reward"]
    mine = tmp_path / "mine.yaml"
    mine.write_text("stages: [{stage: policy, candidates: 4}]", encoding="utf-8")
    assert load(mine).name == "mine"
    assert load(mine).stages[0].candidates == 4


def test_a_recipe_that_ships_has_a_version_and_one_of_a_file_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("{version: 3, stages: [{stage: sft}]}", encoding="utf-8")
    assert load(mine).id == "mine@3"
    mine.write_text("stages: [{stage: sft}]", encoding="utf-8")
    without, other = load(mine), load(mine).model_copy(update={"rank": 4})
    assert re.fullmatch(r"mine#[0-9a-f]{8}", without.id)
    assert without.id != other.id
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "default.yaml").write_text("stages: [{stage: sft}]", encoding="utf-8")
    monkeypatch.setattr(recipe, "files", lambda _package: tmp_path)
    with pytest.raises(RecipeError, match="default: a recipe that ships has a version"):
        load("default")


def test_what_ships_is_not_changed_under_its_version() -> None:
    """Where this fails, the version goes up, and what is compared here with it."""
    recipes = [load(name) for name in BUILT_IN]
    assert [one.id for one in recipes] == ["default@4", "classic@3", "starter@1"]
    # With what it leaves to the defaults: they may change under it.
    whole = [sha256(one.model_dump_json(exclude={"version"}).encode()).hexdigest()[:8] for one in recipes]
    assert whole == ["3eae8fa8", "95f638b6", "a05f7273"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stages: []", "stages"),
        ("{version: 0, stages: [{stage: sft}]}", "version"),
        ("stages: [{stage: ppo}]", "stages.0.stage"),
        ("stages: [{stage: sft, rates: 1}]", "stages.0.rates"),
        ("stages: [{stage: sft, rate: 0}]", "stages.0.rate"),
        ("stages: [{stage: joint, contrast: 5}]", "stages.0: joint does not read the option contrast"),
        ("stages: [{stage: sft, beta: 1}]", "sft does not read the option beta"),
        ("stages: [{stage: dpo, imitation: 2}]", "dpo does not read the option imitation"),
        ("stages: [{stage: reward, batch: 2}]", "reward does not read the option batch"),
        ("[sft]", "mine.yaml"),
        ("stages: [", "mine.yaml"),
        (f"stages: [{', '.join(['{stage: sft, examined: true}'] * 3)}]", "at most 2 stages"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=f"(?s){says}"):
        load(mine)


def test_a_stage_that_was_written_out_whole_is_read_again() -> None:
    for one in [stage for name in BUILT_IN for stage in load(name).stages]:
        assert Stage.model_validate(one.model_dump()) == one
        assert Stage.model_validate(one.model_dump(mode="json")) == one


def test_every_option_is_read_by_some_kind() -> None:
    read = {name for names in READS.values() for name in names}
    assert {*Stage.model_fields} == {"stage", "examined", *read}


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="Use default, classic, starter"):
        load(tmp_path / "none.yaml")
