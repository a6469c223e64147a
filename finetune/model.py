"""A base with an adapter that learns, and the log-probability of a comment under it.

The base stays as it is. Beside each matrix W (``[out, in]``) of its linear layers, the embeddings apart, lies
a product of two thin ones that is added to it, (α/r)·B·A with B ``[out, r]``, A ``[r, in]`` and α/r here 2
(LoRA, Hu et al. 2021). Only A and B learn: two or three million numbers instead of 135 or 270 million. A
begins at random and B at 0, so that a fresh adapter changes nothing yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from drafting.bases import Base, BaseError, open_adapter, prepare
from drafting.write.choose import AMONG
from drafting.write.local import best_device, best_dtype
from drafting.write.pieces import Pieces
from drafting.write.prompting import tokens_of
from prompts import Context, Prompt, render

_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@dataclass(frozen=True)
class Example:
    """A prompt and its comment as tokens, the end token last. ``weight`` is how much its tokens count in
    ``sft.imitation``, for ``policy``'s samples; ``voice`` and ``preference`` do not read it."""

    prompt: tuple[int, ...]
    comment: tuple[int, ...]
    weight: float = 1.0

    def __len__(self) -> int:
        return len(self.prompt) + len(self.comment)


@dataclass(frozen=True)
class Reading:
    """What a model thinks of a comment: the log-probability of each of its tokens, float32
    ``[len(comment)]``, and the mean of the last layer's normed states that they were predicted from, float32
    ``[width]``, which is what a reward reads and what drafting has at hand as it writes.

    ``fluency``, where asked for, is how likely its tokens are among the likeliest, in nats a token, as
    drafting reckons it: the mean, over all but the end token, of log p less the logsumexp of log p over the
    ``AMONG`` (48) likeliest of its place. 0 is the most fluent, and what a comment without tokens has.
    """

    logprobs: Tensor
    state: Tensor
    fluency: float = 0.0


class LearningModel:
    """Weights, tokenizer, and what may be written.

    ``net`` is the PEFT model. ``vocabulary`` are the ids of the tokens that a comment may consist of:
    drafting chooses among these alone, so learning does too, and saves most of Gemma's 262,144 output
    vectors.
    """

    def __init__(self, net: Any, tokenizer: Any, base: str, prompt: Prompt) -> None:
        self.net, self.tokenizer, self.base, self.prompt = net, tokenizer, base, prompt
        self.pieces = Pieces(tokenizer)
        known = sorted({*self.pieces.writable(prompt.language), tokenizer.eos_token_id})
        self.vocabulary = torch.tensor(known, device=self.device)
        self._place = {token: place for place, token in enumerate(known)}
        self._head = net.get_base_model().lm_head.weight.detach()[self.vocabulary]

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
        rendered = render(self.prompt, context)
        prompt = tokens_of(self.tokenizer, rendered)
        # A chat begins its answer on a line of its own; after text the answer stands behind a space.
        on_its_own = self.tokenizer.chat_template and not rendered.lead
        space = "" if on_its_own or self.prompt.language == "zh" else " "
        spelled = self.pieces.spell(space + comment.strip())
        known = tuple(token for token in spelled if token in self._place)
        return Example(tuple(prompt), (*known, self.tokenizer.eos_token_id), weight)

    def logprobs(self, examples: Sequence[Example]) -> list[Tensor]:
        """For each example the log-probability of each of its comment's tokens, float32 ``[len(comment)]``.

        Output vectors are multiplied at the comments' positions only, and only those of ``vocabulary``.
        """
        at = [
            (row, len(one.prompt) - 1 + i)
            for row, one in enumerate(examples)
            for i in range(len(one.comment))
        ]
        return self._token_logprobs(
            self._logits(self._states(examples), at), [one.comment for one in examples]
        )

    def read_together(
        self, groups: Sequence[Sequence[Example]], *, fluency: bool = False
    ) -> list[list[Reading]]:
        """A reading of each comment of each group, in their order. What the prompts of a group begin with
        alike, all of it where they are one, is read once for them.

        A group is a row of the batch, ``[groups, longest]``. Behind the k tokens of the beginning stand the
        rests, each of its prompt (none, where the prompts are one) and its comment; each sees the beginning
        and itself, not the others, and its positions go on from the beginning, so each gets what it would
        get alone. A row of two, and who in it sees what:

                        [ shared prompt | rest 1 comment 1     | rest 2 comment 2     ]
            position      0 … k − 1     | k, k + 1, …          | k, k + 1, …
            comment 1     all of it     | what stands before   | nothing
            comment 2     all of it     | nothing              | what stands before
        """
        shared = [_begun_alike([one.prompt for one in group]) for group in groups]
        longest = max(
            begun + sum(len(one) - begun for one in group)
            for begun, group in zip(shared, groups, strict=True)
        )
        tokens = torch.zeros(len(groups), longest, dtype=torch.long, device=self.device)
        places = torch.zeros_like(tokens)
        sees = torch.ones(longest, longest, dtype=torch.bool, device=self.device).tril()
        sees = sees.repeat(len(groups), 1, 1)
        at: list[tuple[int, int]] = []
        for row, (begun, group) in enumerate(zip(shared, groups, strict=True)):
            tokens[row, :begun] = torch.tensor(group[0].prompt[:begun])
            places[row, :begun] = torch.arange(begun)
            start = begun
            for one in group:
                rest = (*one.prompt[begun:], *one.comment)
                end = start + len(rest)
                tokens[row, start:end] = torch.tensor(rest)
                places[row, start:end] = torch.arange(begun, begun + len(rest))
                sees[row, start:, begun:start] = False
                # The first word of each comment follows its prompt's last token.
                first = end - len(one.comment)
                at += [(row, first - 1 if first > start else begun - 1)]
                at += [(row, place) for place in range(first, end - 1)]
                start = end
        hidden: Tensor = self._decoder(
            input_ids=tokens, attention_mask=self._masks(sees, places), position_ids=places
        ).last_hidden_state
        comments = [one.comment for group in groups for one in group]
        rows, columns = (torch.tensor(part, device=self.device) for part in zip(*at, strict=True))
        states = hidden[rows, columns].split([len(comment) for comment in comments])
        logits = self._logits(hidden, at)
        logprobs = self._token_logprobs(logits, comments)
        fluent = self._fluency(logits, comments) if fluency else [0.0] * len(comments)
        readings = iter(
            Reading(scored, state.float().mean(0), words)
            for scored, state, words in zip(logprobs, states, fluent, strict=True)
        )
        return [[next(readings) for _ in group] for group in groups]

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

    def _masks(self, sees: Tensor, places: Tensor) -> Any:
        """Who sees whom, ``[rows, 1, tokens, tokens]``, as what is added to the attention: nothing, or the
        least number there is. Some of Gemma's layers look back so far only, in positions."""
        config = self.net.get_base_model().config
        dtype = next(self._decoder.parameters()).dtype

        def added(seen: Tensor) -> Tensor:
            return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(
                ~seen, torch.finfo(dtype).min
            )[:, None]

        if config.model_type != "gemma3_text":
            return added(sees)
        near = places[:, :, None] - places[:, None, :] < config.sliding_window
        return {"full_attention": added(sees), "sliding_attention": added(sees & near)}

    def _logits(self, states: Tensor, at: list[tuple[int, int]]) -> Tensor:
        """float32 ``[len(at), vocabulary]``."""
        rows, columns = (torch.tensor(part, device=self.device) for part in zip(*at, strict=True))
        return F.linear(states[rows, columns], self._head).float()

    def _places(self, comments: Sequence[tuple[int, ...]]) -> Tensor:
        places = [self._place[token] for comment in comments for token in comment]
        return torch.tensor(places, device=self.device)

    def _token_logprobs(self, logits: Tensor, comments: Sequence[tuple[int, ...]]) -> list[Tensor]:
        logprobs = -F.cross_entropy(logits, self._places(comments), reduction="none")
        return list(logprobs.split([len(comment) for comment in comments]))

    def _fluency(self, logits: Tensor, comments: Sequence[tuple[int, ...]]) -> list[float]:
        """As ``Candidate.fluency``: the mean over a comment's tokens, without that which ends it, of log p
        less the logsumexp over the ``AMONG`` likeliest, in nats a token. ``logits`` are float32
        ``[tokens, vocabulary]``, of all comments' tokens.
        """
        wanted = logits.gather(1, self._places(comments)[:, None])[:, 0]
        among = logits.topk(min(AMONG, logits.shape[1])).values.logsumexp(1)
        words = (wanted - among).split([len(comment) for comment in comments])
        return [float(one[:-1].mean()) if len(one) > 1 else 0.0 for one in words]


def _begun_alike(prompts: Sequence[tuple[int, ...]]) -> int:
    """How many tokens all of them begin with."""
    same = 0
    for tokens in zip(*prompts, strict=False):
        if len(set(tokens)) > 1:
            break
        same += 1
    return same


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
    # Attention as plain products: of rows as short as these the fused one takes a tenth of a step longer,
    # most of it on the way back.
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=best_dtype(), attn_implementation="eager")
    model = model.to(best_device())
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
