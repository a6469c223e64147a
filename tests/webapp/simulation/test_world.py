"""Where simulated teachers live is apart from the operator's own."""

from pathlib import Path

from tests.conftest import make_settings
from webapp.school.versions import folder_of
from webapp.simulation.world import open_world


def test_a_world_has_the_operator_s_bases_and_none_of_their_adapters(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "models" / "some-base").mkdir(parents=True)
    (home / folder_of("mine")).mkdir(parents=True)
    app = open_world(tmp_path / "work", make_settings(home))
    there = app.config["SETTINGS"].home
    assert (there / "models" / "some-base").resolve() == home / "models" / "some-base"
    assert not (there / folder_of("mine")).exists()
    (there / folder_of("simulated")).mkdir(parents=True)
    assert not (home / folder_of("simulated")).exists()
    open_world(tmp_path / "work", make_settings(home))  # again, as after a kill
