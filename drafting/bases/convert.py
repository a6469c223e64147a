"""From a GGUF file to the folder of safetensors that transformers loads in two seconds instead of two
minutes."""

from collections.abc import Callable
from pathlib import Path

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
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    tell(2)
    model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.bfloat16)
    # A model read from GGUF still believes itself quantised, and such a one refuses to be saved.
    model.hf_quantizer = None
    model.is_quantized = False
    for remnant in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(model.config, remnant):
            delattr(model.config, remnant)
    tell(3)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
