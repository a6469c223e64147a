"""Random two-layer models, small enough to make in a test."""

import json
from pathlib import Path

import torch
from torch import nn

from drafting.bases.preparing import sha256

WORDS = [
    "<unk>",
    "<end>",
    *"abcdefghijklmnopqrstuvwxyz",
    " ",
    ".",
    ",",
    "\n",
    "{",
    "}",
    "红",
    "蓝",
    "猫",
    "氷",
]


def tiny_llama(vocabulary: int = 120) -> nn.Module:
    """Two layers, four heads over two key heads."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=8,
            max_position_embeddings=256,
            initializer_range=0.6,
            tie_word_embeddings=False,
        )
    ).eval()


def tiny_gemma(vocabulary: int = 120) -> nn.Module:
    """One layer that slides over 8 positions and one that sees all, so that a short text leaves the
    window."""
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(2)
    return Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=vocabulary,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=1,
            head_dim=8,
            query_pre_attn_scalar=8,
            sliding_window=8,
            layer_types=["sliding_attention", "full_attention"],
            max_position_embeddings=256,
            initializer_range=0.4,
            tie_word_embeddings=False,
        )
    ).eval()


def tiny_folder(path: Path) -> Path:
    """A base's folder: the tiny Llama over an alphabet."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    backend.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>", eos_token="<end>")
    model = tiny_llama(len(WORDS))
    model.config.eos_token_id = 1
    model.generation_config.eos_token_id = 1
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def tiny_adapter(base: Path, folder: Path, *, seed: int = 4) -> nn.Module:
    """Writes an adapter of random weights for ``base`` to ``folder``; the unmerged model of peft."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base)
    config = LoraConfig(
        r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False, task_type="CAUSAL_LM"
    )
    torch.manual_seed(seed)
    tuned: nn.Module = get_peft_model(model, config)
    tuned.save_pretrained(folder)
    hashes = {
        path.name: sha256(path) for path in folder.iterdir() if path.suffix in (".json", ".safetensors")
    }
    meta = {"id": folder.name, "base": str(base), "prompt": "comment@1", "sha256": hashes}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return tuned
