"""``vermilion draft`` and ``vermilion measure`` on real photos; the model is played, but for one test."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from drafting.samples import draw
from drafting.write import Request, Style, Writer, Written
from webapp.cli import main


class Played(Writer):
    """Says something true of any drawing; keeps what it was asked."""

    model, prompt, chat, needs_leading = "played", "", True, False
    asked: list[Request]

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        self.asked = list(requests)
        moods = ["calm", "round", "proud", "gentle", "soft", "quiet", "clever", "neat", "tidy", "cosy"]
        return [
            [
                Written(f"{{student}}, your {moods[i]} rocket flies well. All of it is {moods[-i]} and sure.")
                for i in range(n)
            ]
            for _ in requests
        ]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Played:
    writer = Played()
    monkeypatch.setattr("drafting.write.open_writer", lambda *_args, **_options: writer)
    return writer


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "rocket.jpg"
    image = draw("rocket", 2).image
    image.thumbnail((900, 900))
    image.save(path, quality=88)
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_line_of_json_for_each_photo_and_3_when_one_is_refused(
    played: Played, photo: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no image")
    result = run(
        "draft", photo, broken, "--subjects", "rocket，planet", "--theme", "Space", "--drafts", 2, "--json"
    )
    assert result.exit_code == 3
    rows = {row["photo"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert "JPEG" in rows[str(broken)]["error"]
    row = rows[str(photo)]
    assert set(row) == {"photo", "facts", "drafts", "seconds"}
    assert row["facts"]["subjects"] == ["rocket", "planet"]
    assert len(row["drafts"]) == 2
    for draft in row["drafts"]:
        assert {"text", "flags", "score", "prompt", "model"} <= set(draft)
        assert draft["text"].startswith("{student}")
    [request] = played.asked
    assert request.image is not None
    assert request.image.startswith(b"\xff\xd8")
    assert "Space" in request.rendered.text


def test_what_people_read(played: Played, photo: Path) -> None:
    result = run("draft", photo, "--subjects", "rocket", "--instruction", "name the planet")
    assert result.exit_code == 0
    assert "colours:" in result.stdout
    assert "1. {student}, your" in result.stdout
    assert "name the planet" in played.asked[0].rendered.text


def test_nothing_usable_fails(tmp_path: Path) -> None:
    result = run("draft", tmp_path / "gone.jpg")
    assert result.exit_code == 1
    assert "gone.jpg" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("draft",),
        ("draft", "a.jpg", "--language", "fr"),
        ("draft", "a.jpg", "--drafts", "0"),
        ("draft", "a.jpg", "--adapter", "nowhere"),
        ("measure",),
    ],
)
def test_wrong_usage_is_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_an_unknown_base_says_which_there_are(photo: Path) -> None:
    result = run("draft", photo, "--base", "gpt9")
    assert result.exit_code == 1
    assert "smollm2, gemma3" in result.stderr


def test_measure(photo: Path) -> None:
    result = run("measure", photo, "--json")
    assert result.exit_code == 0
    [row] = map(json.loads, result.stdout.splitlines())
    assert set(row) == {"photo", "facts"}
    assert row["facts"]["schema"] == 1
    assert "colours:" in run("measure", photo).stdout


def test_help_loads_no_model_library() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from webapp.cli import main; import drafting.draft;"
        "r = CliRunner().invoke(main, ['draft', '--help']); assert r.exit_code == 0, r.output;"
        "print([m for m in ('torch', 'transformers', 'peft') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.model
@pytest.mark.parametrize(("language", "subjects"), [("en", "rocket, planet"), ("zh", "火箭，星球")])
def test_the_real_bases_name_only_colours_of_the_drawing(photo: Path, language: str, subjects: str) -> None:
    from drafting.check.colour import mentions

    result = run(
        "draft", photo, "--subjects", subjects, "--language", language, "--adapter", "none", "--json"
    )
    assert result.exit_code == 0
    [row] = map(json.loads, result.stdout.splitlines())
    has = {colour["name"] for colour in row["facts"]["palette"]}
    assert len(row["drafts"]) == 4
    assert len({draft["text"] for draft in row["drafts"]}) == 4
    named = [names for draft in row["drafts"] for _, names in mentions(draft["text"], language)]  # type: ignore[arg-type]
    assert named
    assert all(names & has for names in named)
