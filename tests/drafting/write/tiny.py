"""Random two-layer models, small enough to make in a test."""

import torch
from torch import nn


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
