"""What a base's name means, and how a prepared folder is made once and checked."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from drafting.bases import KNOWN, Base, BaseError, default_base, find, open_adapter, prepare
from drafting.bases.preparing import MANIFEST, appearing, sha256, verify


@pytest.mark.parametrize(
    ("name", "kind", "title"),
    [
        ("smollm2", "shipped", "smollm2"),
        ("gemma3", "shipped", "gemma3"),
        ("owner/some-model", "hub", "owner/some-model"),
        ("http://localhost:8080/v1#qwen", "server", "qwen"),
    ],
)
def test_names(name: str, kind: str, title: str) -> None:
    base = find(name)
    assert (base.kind, base.title) == (kind, title)


@pytest.mark.parametrize(
    "name", ["smollm9", "http://localhost:8080/v1", "https://#model", "/nowhere/at/all", "a b/c"]
)
def test_what_is_no_base_is_refused_with_advice(name: str) -> None:
    with pytest.raises(BaseError, match=r"no base|names no model|config\.json"):
        find(name)


def test_a_folder_is_a_base_when_it_holds_a_model(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match=r"config\.json"):
        find(str(tmp_path))
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    base = find(str(tmp_path))
    assert (base.kind, base.title) == ("folder", tmp_path.name)
    assert prepare(base, tmp_path) == tmp_path


def test_each_language_has_a_base_that_speaks_it_and_its_licence_is_named() -> None:
    for language in ("en", "zh"):
        assert language in KNOWN[default_base(language)].languages
    for base in KNOWN.values():
        assert base.licence
        assert base.licence_url.startswith("https://")
        assert base.notice


def prepared(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    files = {"model.safetensors": {"bytes": 7, "sha256": sha256(folder / "model.safetensors")}}
    (folder / MANIFEST).write_text(json.dumps({"files": files}), encoding="utf-8")
    return folder


def test_a_damaged_folder_is_noticed_and_the_message_says_what_to_do(tmp_path: Path) -> None:
    whole = prepared(tmp_path / "whole")
    verify(whole)
    harms: dict[str, Callable[[Path], object]] = {
        "changed": lambda folder: (folder / "model.safetensors").write_bytes(b"WEIGHTS"),
        "short": lambda folder: (folder / "model.safetensors").write_bytes(b"weigh"),
        "gone": lambda folder: (folder / "model.safetensors").unlink(),
        "blank": lambda folder: (folder / MANIFEST).write_text("", encoding="utf-8"),
    }
    for name, harm in harms.items():
        folder = prepared(tmp_path / name)
        harm(folder)
        with pytest.raises(BaseError, match="Delete the folder"):
            verify(folder)


def test_a_half_made_folder_never_appears(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with pytest.raises(ZeroDivisionError), appearing(target) as making:
        (making / "part").write_bytes(bytes(1 // 0))
    assert list(tmp_path.iterdir()) == []
    with appearing(target) as making:
        (making / "part").write_bytes(b"1")
    assert (target / "part").read_bytes() == b"1"


def test_what_a_killed_conversion_left_goes_when_the_next_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, others = (tmp_path / "models" / name for name in (".toy-01234567-x1y2", ".joy-01234567-x1y2"))
    for folder in (left, others):
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"half")
    monkeypatch.setattr(
        "drafting.bases.preparing._convert", lambda _base, folder, _progress: prepared(folder)
    )
    prepare(Base(name="toy", kind="shipped", source_sha256="0123456789abcdef"), tmp_path)
    assert not left.exists()
    assert others.exists()


def test_two_who_ask_at_once_convert_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = Base(name="toy", kind="shipped", source_sha256="0123456789abcdef")
    made: list[Path] = []

    def convert(_base: Base, folder: Path, _progress: object) -> None:
        made.append(prepared(folder.with_name("making")).rename(folder))

    monkeypatch.setattr("drafting.bases.preparing._convert", convert)
    threads = [threading.Thread(target=prepare, args=(base, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [tmp_path / "models" / "toy-01234567"]


def adapter_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}", encoding="utf-8")
    (folder / "adapter_model.safetensors").write_bytes(b"lora")
    hashes = {name: sha256(folder / name) for name in ("adapter_config.json", "adapter_model.safetensors")}
    meta = {"id": "night-1", "base": "smollm2", "prompt": "comment@1", "sha256": hashes}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return folder


def test_an_adapter_is_checked_before_it_is_used(tmp_path: Path) -> None:
    folder = adapter_folder(tmp_path / "adapter")
    adapter = open_adapter(folder)
    assert (adapter.id, adapter.base, adapter.prompt) == ("night-1", "smollm2", "comment@1")
    (folder / "adapter_model.safetensors").write_bytes(b"evil")
    with pytest.raises(BaseError, match="damaged"):
        open_adapter(folder)
    with pytest.raises(BaseError, match=r"meta\.json"):
        open_adapter(tmp_path)


def test_an_adapter_s_record_cannot_point_outside_its_folder_or_leave_files_out(tmp_path: Path) -> None:
    folder = adapter_folder(tmp_path / "adapter")
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    (folder / "meta.json").write_text(
        json.dumps(meta | {"sha256": meta["sha256"] | {"../secret": "0"}}), encoding="utf-8"
    )
    with pytest.raises(BaseError, match="damaged"):
        open_adapter(folder)
    del meta["sha256"]["adapter_model.safetensors"]
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    with pytest.raises(BaseError, match="records no hash"):
        open_adapter(folder)
