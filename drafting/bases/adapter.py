"""An adapter on disk: a PEFT folder and ``meta.json`` with the hashes of its files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drafting.bases.errors import BaseError
from drafting.bases.preparing import sha256
from prompts.vocabulary import Language

_STARTERS = Path(__file__).parent / "starters"


@dataclass(frozen=True)
class Adapter:
    """One trained adapter. ``prompt`` is the one prompt version (``comment@3``) it was trained and serves
    with, ``voices`` are the codes of the teachers it learned from."""

    id: str
    folder: Path
    base: str
    prompt: str
    voices: frozenset[str]
    meta: dict[str, Any]


def open_adapter(folder: Path) -> Adapter:
    """Reads and checks an adapter. BaseError when a file is missing, damaged or could run code."""
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        files: dict[str, str] = meta["sha256"]
        adapter = Adapter(
            id=str(meta.get("id") or folder.name),
            folder=folder,
            base=str(meta["base"]),
            prompt=str(meta.get("prompt") or ""),
            voices=frozenset(map(str, meta.get("voices") or ())),
            meta=meta,
        )
    except FileNotFoundError as error:
        raise BaseError(f"{folder} is not an adapter's folder: there is no meta.json in it.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BaseError(
            f"{folder / 'meta.json'} is not readable: {error!r}. Train or copy the adapter again."
        ) from error
    for needed in ("adapter_config.json", "adapter_model.safetensors"):
        if needed not in files:
            raise BaseError(f"The adapter {adapter.id} records no hash of {needed}. Train or copy it again.")
    for name, known in files.items():
        path = folder / name
        if path.parent != folder or not path.is_file() or sha256(path) != known:
            raise BaseError(
                f"The adapter {adapter.id} is damaged: {name} is not what was written. Copy it again."
            )
    return adapter


def starter(language: Language) -> Path | None:
    """The folder of the adapter that ships for a language; None while none ships."""
    folder = _STARTERS / language
    return folder if (folder / "meta.json").is_file() else None
