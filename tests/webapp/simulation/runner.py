"""A simulation in a process of its own, on a tiny random model, so that a test can kill it."""

import json
import multiprocessing
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlmodel import Session, func, select
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from tests.conftest import make_settings
from tests.drafting.write.tiny import tiny_llama
from webapp.desk.tables import Feedback
from webapp.platform import clock
from webapp.platform.settings import Settings
from webapp.simulation.persona import load
from webapp.simulation.simulate import Run, simulate

LETTERS = [
    "<unk>",
    "<end>",
    *"abcdefghijklmnopqrstuvwxyz",
    " ",
    ".",
    ",",
    "\n",
    "{",
    "}",
    *"红橙黄绿蓝猫。，",
]
PERSONAS = """
- name: one
  language: en
  opening: ["{student}, your {subject} glows."]
  praise: {palette: ["The {colour1} carries the picture."]}
  facts: 1
  order: [palette]
  max_words: 30
  accept_below: 0.1
  effort: 1.0
- name: 二
  language: zh
  opening: ["{student}，{subject}在发光。"]
  praise: {palette: ["{colour1}撑起了画面。"]}
  facts: 1
  order: [palette]
  max_words: 40
  accept_below: 0.1
  effort: 0.5
  from_night: 1
"""


def make_base(folder: Path) -> Path:
    """A base's folder: the tiny Llama over an alphabet."""
    if not folder.exists():
        backend = Tokenizer(models.WordLevel({c: i for i, c in enumerate(LETTERS)}, unk_token="<unk>"))
        backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
        backend.decoder = decoders.Fuse()
        model = tiny_llama(len(LETTERS))
        model.config.eos_token_id = model.generation_config.eos_token_id = 1
        model.save_pretrained(folder)
        PreTrainedTokenizerFast(
            tokenizer_object=backend, unk_token="<unk>", eos_token="<end>"
        ).save_pretrained(folder)
    return folder


def run_of(folder: Path, nights: int = 2) -> Run:
    path = folder / "personas.yaml"
    path.write_text(PERSONAS, encoding="utf-8")
    return Run(load(path), nights=nights, lessons=1, drawings=2, seed=3)


def start(folder: Path, seconds: float) -> tuple[BaseProcess, Iterator[str]]:
    """A simulation whose nights last so long, and a line for each thing that it has done, as it does it. It
    writes ``out.json``; a night only notes in ``nights.txt`` that it was there."""
    # Processes are forked from one that has loaded the libraries, and nothing else.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "transformers.models.llama"])
    reading, writing = context.Pipe(duplex=False)
    process = context.Process(target=_simulated, args=(folder, seconds, writing))
    process.start()
    writing.close()  # so that its end is the pipe's

    def said() -> Iterator[str]:
        try:
            while True:
                yield reading.recv()
        except EOFError:
            return

    return process, said()


def _simulated(folder: Path, seconds: float, told: Connection) -> None:
    base = str(make_base(folder / "base"))

    def night(session: Session, now: datetime, _settings: Settings) -> Mapping[str, str]:
        seen = session.exec(select(func.count()).select_from(Feedback)).one()
        with (folder / "nights.txt").open("a", encoding="utf-8") as noted:
            noted.write(f"{now:%H:%M} {clock.now():%H:%M} {seen}\n")
        told.send("learning")
        time.sleep(seconds)
        return {"en": "rejected"}

    result = simulate(
        run_of(folder),
        folder / "work",
        make_settings(folder / "home", base_en=base, base_zh=base),
        night,
        tell=lambda progress: told.send(progress.done),
    )
    (folder / "out.json").write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
