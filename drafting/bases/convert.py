"""From a GGUF file to the folder of safetensors that transformers loads in two seconds instead of two
minutes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import gguf
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging


def gguf_to_safetensors(source: Path, folder: Path, tell: Callable[[int], None]) -> None:
    """Writes ``source`` to ``folder``: config, tokenizer, and the weights dequantised to bf16.

    ``tell`` is called with 1, 2, 3 as the vocabulary, the weights and the writing begin.
    """
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    tell(1)
    with _read_once():
        tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        tell(2)
        model = AutoModelForCausalLM.from_pretrained(
            source.parent, gguf_file=source.name, dtype=torch.bfloat16
        )
    # A model read from GGUF still believes itself quantised, and such a one refuses to be saved.
    model.hf_quantizer = None
    model.is_quantized = False
    for remnant in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(model.config, remnant):
            delattr(model.config, remnant)
    tell(3)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextmanager
def _read_once() -> Iterator[None]:
    """transformers opens the file three times, for the tokenizer, the config and the weights, and of Gemma's
    quarter of a million words each opening takes longer than all of the weights."""
    opens = gguf.GGUFReader
    gguf.GGUFReader = cache(opens)
    try:
        yield
    finally:
        gguf.GGUFReader = opens
