"""An adapter's folder: PEFT's files, ``meta.json`` with the hash of each, a card, the base's notice."""

import json
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from drafting.bases import KNOWN
from drafting.bases.preparing import appearing, sha256
from finetune.model import LearningModel

_VERSIONS = ("torch", "transformers", "peft")


def save_adapter(
    model: LearningModel,
    folder: Path,
    meta: dict[str, Any],
    *,
    add: Callable[[Path], None] | None = None,
) -> None:
    """Writes the adapter under a temporary name and renames it; a folder that is there is replaced.

    ``meta`` is what is told of it: ``id``, ``recipe``, ``data``, ``parents``, ``metrics``, ``simulated``.
    Base and prompt are added. ``add`` may put further files into the folder before it appears.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with appearing(folder) as making:
        # Left to itself, PEFT asks the hub whether the base's vocabulary grew.
        model.net.save_pretrained(making, save_embedding_layers=False)
        _name_the_base(making / "adapter_config.json", model.base)
        if add:
            add(making)
        finish_adapter(making, {"base": model.base, "prompt": model.prompt.name} | meta)
        # A folder cannot take the place of one with files in it.
        shutil.rmtree(folder, ignore_errors=True)


def finish_adapter(folder: Path, meta: dict[str, Any]) -> None:
    """Writes card, notice and ``meta.json`` beside the weights; last, since it holds the others' hashes."""
    base = KNOWN.get(meta["base"])
    (folder / "README.md").write_text(_card(meta), encoding="utf-8")
    if base:
        notice = f"{base.notice}\n{base.licence}: {base.licence_url}\n"
        (folder / "NOTICE.txt").write_text(notice, encoding="utf-8")
    known = {
        "base_sha256": base.source_sha256 if base else "",
        "made_with": {n: version(n) for n in _VERSIONS},
    }
    files = {path.name: sha256(path) for path in sorted(folder.iterdir()) if path.name != "meta.json"}
    text = json.dumps(known | meta | {"sha256": files}, ensure_ascii=False, indent=1)
    (folder / "meta.json").write_text(text + "\n", encoding="utf-8")


def _name_the_base(config: Path, name: str) -> None:
    """PEFT writes the path from which the base was loaded here; elsewhere its public name is of use."""
    base = KNOWN.get(name)
    told = json.loads(config.read_text(encoding="utf-8"))
    told["base_model_name_or_path"] = base.hub if base else name
    config.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


_SIMULATED = """
**Simulated:** it learned from teachers that were made up by rules, not from people.
"""


def _card(meta: dict[str, Any]) -> str:
    base = KNOWN.get(meta["base"])
    data = ", ".join(f"{name}: {value}" for name, value in (meta.get("data") or {}).items())
    # Each teacher's and each criterion's stand in the report; a card is read by people.
    metrics = {
        exam: {name: one for name, one in figures.items() if name not in ("by_teacher", "by_criterion")}
        for exam, figures in (meta.get("metrics") or {}).items()
    }
    return f"""---
library_name: peft
base_model: {base.hub if base else meta["base"]}
---
# {meta["id"]}

A LoRA adapter of Vermilion: with it, {meta["base"]} drafts an art teacher's comments on students' drawings
from what was measured of them. It was trained with the prompt `{meta["prompt"]}` and serves with it alone.
{_SIMULATED if meta.get("simulated") else ""}
- Recipe: {meta.get("recipe", "")}, seed {meta.get("seed", 0)}
- Learned from: {data or "not recorded"}
- Made from: {", ".join(meta.get("parents") or []) or "the base alone"}
- Figures: `{json.dumps(metrics, ensure_ascii=False)}`
- Licence of the base: {base.licence if base else "see its model card"}

It is no judge of children: what it writes is a draft that a teacher reads, corrects and answers for.
"""
