"""A decoder's weights laid out for drafting: Llama and Gemma 3 text, anything else is left to transformers.

Same arithmetic as transformers' ``modeling_llama`` and ``modeling_gemma3``, with two layers' worth of
matrices joined where their input is the same, and an attention that reads one prompt for many candidates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from drafting.write.attention import Part, attend
from drafting.write.linear import Linear, linear

_KNOWN = ("llama", "gemma3_text")
_ROPES_BY_POSITION_ALONE = {"default", "linear", "llama3"}


@dataclass(frozen=True)
class Layer:
    """``window``: how many positions back it sees, None for all. ``rope``: which rotary table it uses."""

    qkv: Linear
    out: Linear
    gate_up: Linear
    down: Linear
    before_attention: Tensor
    after_attention: Tensor | None
    before_mlp: Tensor
    after_mlp: Tensor | None
    qk_norm: Tensor | None
    window: int | None
    rope: str


class Unsupported(Exception):  # noqa: N818
    """The architecture has something that this file does not compute."""


class Net:
    """Weights and the forward pass. Nothing is kept between calls."""

    def __init__(self, model: nn.Module) -> None:
        """Takes over a loaded ``LlamaForCausalLM`` or ``Gemma3ForCausalLM``. Unsupported for any other."""
        config = model.config
        _refuse_the_unknown(config)
        self.gemma = config.model_type == "gemma3_text"
        self.heads: int = config.num_attention_heads
        self.kv_heads: int = config.num_key_value_heads
        self.head_dim: int = (
            getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        )
        self.eps: float = config.rms_norm_eps
        self.scale: float = (config.query_pre_attn_scalar if self.gemma else self.head_dim) ** -0.5
        self.embed: Tensor = model.model.embed_tokens.weight.detach()
        self.head: Tensor = model.lm_head.weight.detach()
        self.embed_scale = model.model.embed_tokens.embed_scale.to(self.embed.dtype) if self.gemma else None
        self.act: Callable[[Tensor], Tensor] = model.model.layers[0].mlp.act_fn
        self.rotary = model.model.rotary_emb
        self.final_norm = self._norm_weight(model.model.norm)
        layers = model.model.layers
        # Of the layers' matrices, without norms: what a token is multiplied with.
        self.matrix_weights = sum(p.numel() for layer in layers for p in layer.parameters() if p.ndim == 2)
        with torch.inference_mode():
            self.layers = [self._layer(layer) for layer in layers]

    @property
    def device(self) -> torch.device:
        return self.embed.device

    @property
    def dtype(self) -> torch.dtype:
        return self.embed.dtype

    def rope(self, length: int) -> dict[str, tuple[Tensor, Tensor]]:
        """Rotary tables for positions 0..length-1: kind of layer → (cos, sin), each ``[length, head_dim]``.

        The first half of the sines is negative, for what they are multiplied with is only swapped."""
        positions = torch.arange(length, device=self.device)[None]
        like = self.embed[:1]
        kinds = {layer.rope for layer in self.layers}
        tables = {
            kind: self.rotary(like, positions, kind) if self.gemma else self.rotary(like, positions)
            for kind in kinds
        }
        half = self.head_dim // 2
        return {
            kind: (cos[0], torch.cat((-sin[0, :, :half], sin[0, :, half:]), dim=-1))
            for kind, (cos, sin) in tables.items()
        }

    def embedded(self, tokens: Tensor) -> Tensor:
        """``[rows]`` token ids → ``[rows, hidden]``."""
        x = F.embedding(tokens, self.embed)
        return x if self.embed_scale is None else x * self.embed_scale

    def project(self, layer: Layer, x: Tensor, rope: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Queries ``[rows, heads, dim]``, keys and values ``[rows, kv_heads, dim]``; queries come scaled.

        ``rope`` are the cosines and sines of the rows' positions, ``[rows, dim]`` each.
        """
        hidden = self._norm(x, layer.before_attention)
        qk, v = (
            layer.qkv(hidden)
            .view(len(x), -1, self.head_dim)
            .split([self.heads + self.kv_heads, self.kv_heads], dim=1)
        )
        if layer.qk_norm is not None:
            qk = self._norm(qk, layer.qk_norm)
        cos, sin = (part[:, None] for part in rope)
        q, k = (qk * cos + _swapped(qk) * sin).split([self.heads, self.kv_heads], dim=1)
        return q, k, v

    def finish(self, layer: Layer, x: Tensor, q: Tensor, parts: list[Part]) -> Tensor:
        """Attention of ``q`` over ``parts``, then the MLP, each with its residual: ``[rows, hidden]``."""
        attended = layer.out(attend(q, parts, self.kv_heads))
        x = x + (attended if layer.after_attention is None else self._norm(attended, layer.after_attention))
        gate, up = layer.gate_up(self._norm(x, layer.before_mlp)).chunk(2, dim=-1)
        wide = layer.down(self.act(gate) * up)
        return x + (wide if layer.after_mlp is None else self._norm(wide, layer.after_mlp))

    def normed(self, x: Tensor) -> Tensor:
        """``[rows, hidden]``: the states as the output vectors are multiplied with them."""
        return self._norm(x, self.final_norm)

    def _norm(self, x: Tensor, weight: Tensor) -> Tensor:
        # Llama rounds before it multiplies by the weight, Gemma after.
        if self.gemma:
            return (F.rms_norm(x.float(), x.shape[-1:], eps=self.eps) * weight).to(x.dtype)
        return F.rms_norm(x, x.shape[-1:], eps=self.eps) * weight

    def _norm_weight(self, norm: nn.Module) -> Tensor:
        return 1.0 + norm.weight.detach().float() if self.gemma else norm.weight.detach()

    def _layer(self, layer: nn.Module) -> Layer:
        attention, mlp, gemma = layer.self_attn, layer.mlp, self.gemma
        q, k, v = (p.weight.detach() for p in (attention.q_proj, attention.k_proj, attention.v_proj))
        # Scaled once: q by its weights, or after a norm by the norm's.
        qkv = torch.cat([q if gemma else q * self.scale, k, v])
        gate_up = torch.cat([mlp.gate_proj.weight.detach(), mlp.up_proj.weight.detach()])
        return Layer(
            qkv=linear(qkv),
            out=linear(attention.o_proj.weight.detach()),
            gate_up=linear(gate_up),
            down=linear(mlp.down_proj.weight.detach()),
            before_attention=self._norm_weight(layer.input_layernorm),
            after_attention=self._norm_weight(layer.post_attention_layernorm) if gemma else None,
            before_mlp=self._norm_weight(
                layer.pre_feedforward_layernorm if gemma else layer.post_attention_layernorm
            ),
            after_mlp=self._norm_weight(layer.post_feedforward_layernorm) if gemma else None,
            qk_norm=torch.cat(
                [
                    (self._norm_weight(attention.q_norm) * self.scale).expand(self.heads, -1),
                    self._norm_weight(attention.k_norm).expand(self.kv_heads, -1),
                ]
            )
            if gemma
            else None,
            window=attention.sliding_window if gemma else None,
            rope=attention.layer_type if gemma else "all",
        )


def _swapped(x: Tensor) -> Tensor:
    """Its last dimension's halves, the second one first."""
    return torch.cat(x.chunk(2, dim=-1)[::-1], dim=-1)


def _refuse_the_unknown(config: Any) -> None:
    get = config.to_dict().get
    if get("model_type") not in _KNOWN:
        raise Unsupported(get("model_type"))
    if get("attention_bias") or get("mlp_bias"):
        raise Unsupported("biases")
    if get("attn_logit_softcapping") or get("final_logit_softcapping") or get("use_bidirectional_attention"):
        raise Unsupported("soft caps or bidirectional attention")
    ropes = get("rope_parameters") or {}
    for rope in ropes.values() if get("model_type") == "gemma3_text" else (ropes,):
        if rope.get("rope_type", "default") not in _ROPES_BY_POSITION_ALONE:
            raise Unsupported(rope["rope_type"])
