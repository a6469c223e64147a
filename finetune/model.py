"""A base with an adapter that learns, and the log-probability of a comment under it.

The base stays as it is. Beside each of its matrices W (``[out, in]``) lies a low-rank product B·A, of rank
r, that is added to it (LoRA, Hu et al. 2021), and only A and B learn: two or three million numbers instead
of two or three hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from drafting.bases import Base, BaseError, open_adapter, prepare
from drafting.write.local import best_device, best_dtype
from drafting.write.pieces import Pieces
from drafting.write.prompting import tokens_of
from prompts import Context, Prompt, render

_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@dataclass(frozen=True)
class Example:
    """A prompt and its comment as tokens, the end token last. ``weight`` is how much it counts."""

    prompt: tuple[int, ...]
    comment: tuple[int, ...]
    weight: float = 1.0

    def __len__(self) -> int:
        return len(self.prompt) + len(self.comment)


class LearningModel:
    """Weights, tokenizer, and what may be written.

    ``net`` is the PEFT model. ``words`` are the ids of the tokens that a comment may consist of: drafting
    chooses among these alone, so learning does too, and saves most of Gemma's 262,144 output vectors.
    """

    def __init__(self, net: Any, tokenizer: Any, base: str, prompt: Prompt) -> None:
        self.net, self.tokenizer, self.base, self.prompt = net, tokenizer, base, prompt
        self.pieces = Pieces(tokenizer)
        words = sorted({*self.pieces.writable(prompt.language), tokenizer.eos_token_id})
        self.words = torch.tensor(words, device=self.device)
        self._place = {word: place for place, word in enumerate(words)}
        self._head = net.get_base_model().lm_head.weight.detach()[self.words]

    @property
    def device(self) -> torch.device:
        return next(self.net.parameters()).device

    @property
    def learned(self) -> dict[str, nn.Parameter]:
        """The numbers that learn, by name."""
        return {name: p for name, p in self.net.named_parameters() if p.requires_grad}

    def example(self, context: Context, comment: str, weight: float = 1.0) -> Example:
        """What is to be learned from a comment: the prompt exactly as drafting renders it, and the answer.

        Tokens that drafting could never write are left out of the comment (an emoji, a foreign letter).
        """
        prompt = tokens_of(self.tokenizer, render(self.prompt, context))
        # A chat begins its answer on a line of its own; after plain text the answer stands behind a space.
        chat = bool(self.tokenizer.chat_template)
        space = "" if chat or self.prompt.language == "zh" else " "
        spelled = self.pieces.spell(space + comment.strip())
        known = tuple(token for token in spelled if token in self._place)
        return Example(tuple(prompt), (*known, self.tokenizer.eos_token_id), weight)

    def logprobs(self, examples: Sequence[Example]) -> list[Tensor]:
        """For each example the log-probability of each of its comment's tokens, float32 ``[len(comment)]``.

        Output vectors are multiplied at the comments' positions only, and only those of ``words``.
        """
        at = [
            (row, len(one.prompt) - 1 + i)
            for row, one in enumerate(examples)
            for i in range(len(one.comment))
        ]
        return self._scored(self._states(examples), at, [one.comment for one in examples])

    def pair_logprobs(self, pairs: Sequence[tuple[Example, Example]]) -> list[tuple[Tensor, Tensor]]:
        """The same for two comments on one prompt, which is read once for both.

        The two stand one behind the other in one row; the second sees the prompt and itself, not the first,
        and its positions go on from the prompt, so each gets what it would get alone.
        """
        longest = max(len(one.prompt) + len(one.comment) + len(two.comment) for one, two in pairs)
        tokens = torch.zeros(len(pairs), longest, dtype=torch.long, device=self.device)
        places = torch.zeros_like(tokens)
        sees = (
            torch.ones(longest, longest, dtype=torch.bool, device=self.device).tril().repeat(len(pairs), 1, 1)
        )
        at: list[tuple[int, int]] = []
        for row, (one, two) in enumerate(pairs):
            if one.prompt != two.prompt:
                raise ValueError("a pair has one prompt")
            prompt, first, second = len(one.prompt), len(one.comment), len(two.comment)
            end = prompt + first + second
            tokens[row, :end] = torch.tensor((*one.prompt, *one.comment, *two.comment))
            places[row, : prompt + first] = torch.arange(prompt + first)
            places[row, prompt + first : end] = torch.arange(prompt, prompt + second)
            sees[row, prompt + first :, prompt : prompt + first] = False
            at += [(row, prompt - 1 + i) for i in range(first)]
            # The first word of the second comment follows the prompt's last token too.
            at += [(row, prompt - 1 if i == 0 else prompt + first - 1 + i) for i in range(second)]
        hidden = self._decoder(
            input_ids=tokens, attention_mask=self._masks(sees[:, None], longest), position_ids=places
        ).last_hidden_state
        flat = self._scored(
            hidden, at, [comment for pair in pairs for comment in (pair[0].comment, pair[1].comment)]
        )
        return list(zip(flat[::2], flat[1::2], strict=True))

    def states(self, examples: Sequence[Example]) -> Tensor:
        """What the reward reads: for each example the mean of the last layer's normed states from which its
        comment's tokens were predicted, float32 ``[n, width]``. Drafting has these at hand as it writes.
        """
        states = self._states(examples).float()
        counted = torch.zeros(states.shape[:2], device=self.device)
        for row, one in enumerate(examples):
            counted[row, len(one.prompt) - 1 : len(one) - 1] = 1 / len(one.comment)
        return (states * counted[..., None]).sum(1)

    def _states(self, examples: Sequence[Example]) -> Tensor:
        """The last layer's normed states of every token, ``[n, longest, width]``."""
        longest = max(map(len, examples))
        tokens = torch.zeros(len(examples), longest, dtype=torch.long, device=self.device)
        seen = torch.zeros_like(tokens)
        for row, one in enumerate(examples):
            tokens[row, : len(one)] = torch.tensor((*one.prompt, *one.comment))
            seen[row, : len(one)] = 1
        states: Tensor = self._decoder(input_ids=tokens, attention_mask=seen).last_hidden_state
        return states

    @property
    def _decoder(self) -> Any:
        return self.net.get_base_model().model

    def _masks(self, sees: Tensor, length: int) -> Any:
        config = self.net.get_base_model().config
        if config.model_type != "gemma3_text":
            return sees
        if length > config.sliding_window:
            raise ValueError(f"a pair of {length} tokens passes the window of {config.sliding_window}")
        return {"full_attention": sees, "sliding_attention": sees}

    def _scored(
        self, states: Tensor, at: list[tuple[int, int]], comments: Sequence[tuple[int, ...]]
    ) -> list[Tensor]:
        rows, columns = (torch.tensor(part, device=self.device) for part in zip(*at, strict=True))
        logits = F.linear(states[rows, columns], self._head).float()
        places = [self._place[token] for comment in comments for token in comment]
        wanted = torch.tensor(places, device=self.device)
        chosen = -F.cross_entropy(logits, wanted, reduction="none")
        return list(chosen.split([len(comment) for comment in comments]))


def open_model(
    base: Base, home: Path, prompt: Prompt, *, start: Path | None = None, rank: int = 8, seed: int = 0
) -> LearningModel:
    """Loads a prepared base with a fresh adapter of the given rank, or with the one in ``start``.

    The base is in bf16 where the processor multiplies it natively. BaseError when ``start`` is damaged or of
    another base.
    """
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = prepare(base, home)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=best_dtype()).to(best_device())
    model.requires_grad_(False)
    if start is None:
        torch.manual_seed(seed)
        config = LoraConfig(
            r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=_TARGETS, task_type="CAUSAL_LM"
        )
        # The adapter is of the base's type: products in fp32 beside bf16 would take half of the time. What
        # learns, in fp32, is the loop's own copy.
        net = get_peft_model(model, config, autocast_adapter_dtype=False)
    else:
        opened = open_adapter(start)
        if opened.base != base.name:
            raise BaseError(f"The adapter {opened.id} was trained on {opened.base}, not on {base.name}.")
        net = PeftModel.from_pretrained(model, str(start), is_trainable=True, autocast_adapter_dtype=False)
    net.train()
    return LearningModel(net, tokenizer, base.name, prompt)
