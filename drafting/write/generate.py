"""A writer for architectures that the fast path does not know: transformers' own ``generate``."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from drafting.write.prompting import tokens_of
from drafting.write.request import Request, Style, Writer, Written


class GenerateWriter(Writer):
    """Slower, and blind to ``refuse``, ``long_enough`` and ``openings``; the check finds what slips
    through."""

    needs_leading = False

    def __init__(
        self,
        model: nn.Module,
        tokenizer: Any,
        *,
        name: str,
        prompt: str = "",
        voices: frozenset[str] = frozenset(),
    ) -> None:
        self.model, self.prompt, self.voices = name, prompt, voices
        self.chat = bool(tokenizer.chat_template)
        self._model: Any = model
        self._tokenizer = tokenizer

    @torch.inference_mode()
    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        """See ``Writer``."""
        return [self._one(request, n, longest, style or Style()) for request in requests]

    def _one(self, request: Request, n: int, longest: int, style: Style) -> list[Written]:
        tokens = torch.tensor([tokens_of(self._tokenizer, request.rendered)], device=self._model.device)
        free = {"do_sample": True, "temperature": style.temperature, "top_p": style.top_p}
        # transformers samples from the one global generator; its state is put back for whoever else uses it.
        with torch.random.fork_rng():
            torch.manual_seed(request.seed)
            out = self._model.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                max_new_tokens=longest,
                num_return_sequences=n,
                no_repeat_ngram_size=style.no_repeat,
                pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id,
                **(free if style.temperature > 0 else {"do_sample": False}),
            )
        texts = self._tokenizer.batch_decode(out[:, tokens.shape[1] :], skip_special_tokens=True)
        return [Written(_until(text, request.rendered.stop)) for text in texts]


def _until(text: str, stops: Sequence[str]) -> str:
    lead = len(text) - len(text.lstrip())
    cuts = [at for stop in stops if (at := text.find(stop, lead)) >= 0]
    return text[: min(cuts)] if cuts else text
