"""Which bases there are, under what licence, and what a name given by the operator means."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from drafting.bases.errors import BaseError
from prompts.vocabulary import Language

Kind = Literal["shipped", "folder", "hub", "server"]


@dataclass(frozen=True)
class Base:
    """One model to draft with.

    ``name`` is what the operator wrote; ``hub`` is a shipped base's public name, ``source_sha256`` of its
    GGUF file. ``chat`` is None where only loading tells.
    """

    name: str
    kind: Kind
    hub: str = ""
    languages: tuple[Language, ...] = ("en", "zh")
    licence: str = "set by the model's publisher; read its model card"
    licence_url: str = ""
    notice: str = ""
    chat: bool | None = None
    source_sha256: str = ""

    @property
    def title(self) -> str:
        """The name that drafts record: without the address, which may be private."""
        if self.kind == "server":
            return self.name.rpartition("#")[2]
        return Path(self.name).name if self.kind == "folder" else self.name


KNOWN: dict[str, Base] = {
    base.name: base
    for base in (
        Base(
            name="smollm2",
            kind="shipped",
            hub="HuggingFaceTB/SmolLM2-135M-Instruct",
            languages=("en",),
            licence="Apache License 2.0",
            licence_url="https://www.apache.org/licenses/LICENSE-2.0",
            notice="SmolLM2-135M-Instruct by Hugging Face, licensed under the Apache License, Version 2.0. "
            "Converted here from a 4-bit GGUF file to safetensors.",
            chat=True,
            source_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
        Base(
            name="gemma3",
            kind="shipped",
            hub="google/gemma-3-270m",
            languages=("zh", "en"),
            licence="Gemma Terms of Use",
            licence_url="https://ai.google.dev/gemma/terms",
            # Section 3.1 of the terms asks for exactly this sentence in a "Notice" text file.
            notice="Gemma is provided under and subject to the Gemma Terms of Use found at "
            "ai.google.dev/gemma/terms\n"
            "Gemma 3 270M by Google, converted here from a 4-bit GGUF file to safetensors.",
            chat=False,
            source_sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        ),
    )
}

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def default_base(language: Language) -> str:
    """The name of the base that drafts a language unless the operator chose another."""
    return "smollm2" if language == "en" else "gemma3"


def find(name: str) -> Base:
    """What a base's name means: a shipped one, ``http(s)://server/v1#model``, a folder, or ``owner/model``
    on the hub.

    BaseError when it is none of these.
    """
    if name in KNOWN:
        return KNOWN[name]
    if name.startswith(("http://", "https://")):
        address, _, model = name.rpartition("#")
        if not model or not urlsplit(address).hostname:
            raise BaseError(
                f"“{name}” names no model. Write the address and the model: http://host:8080/v1#model-name"
            )
        return Base(name=name, kind="server", chat=True)
    if (Path(name) / "config.json").is_file():
        return Base(name=name, kind="folder")
    if Path(name).exists() or name.startswith(("/", ".", "~")):
        raise BaseError(f"“{name}” is not a model's folder: there is no config.json in it.")
    if _HUB_NAME.fullmatch(name):
        return Base(name=name, kind="hub")
    raise BaseError(
        f"There is no base “{name}”. Use {', '.join(KNOWN)}, a folder with a model, "
        "an owner/model of the hub, or a server's address such as http://host:8080/v1#model-name"
    )
