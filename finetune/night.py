"""One night on a file: read, scrub, sieve, split, train by stages, examine, and ask the gate.

Everything that was done lies in ``OUT.work`` beside the adapter-to-be: the plan (which records are for what),
a checkpoint of the descent that runs, the adapter after each stage that is done. Called again with the same
arguments, the night goes on from there, whatever killed it, to the same result.
"""

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from drafting.bases import Base, default_base, find, open_adapter, prepare, starter
from drafting.bases.preparing import sha256
from drafting.reward import FILE as REWARD
from drafting.write import Writer, open_writer
from finetune.adapter import finish_adapter, save_adapter
from finetune.budget import Budget
from finetune.exam import Examined
from finetune.files import check_out, put, put_back, read_json, write_json
from finetune.gate import Judged, judge
from finetune.model import LearningModel, open_model
from finetune.plan import NothingToLearnError, Plan, majority, plan_for
from finetune.progress import Progress, Tell, names_of, teller
from finetune.recipe import Recipe, load
from finetune.rehearsal import rehearsed, with_rehearsed
from finetune.report import Report, Verdict, curve_of, draw_curve, reported
from finetune.sitting import Sitting, keep_golden
from finetune.stages import Material, Run, Trained, run_stage
from finetune.together import once
from prompts import builtin
from prompts.vocabulary import Language

PROMPT = "comment@2"
"""What small tuned models are taught with and serve with."""
UNPROVEN = "reward.unproven.safetensors"
"""A reward that no unseen choices speak for: a policy is optimised against it, and it ranks no drafts."""


def learn(
    feedback: Path,
    out: Path,
    *,
    home: Path,
    language: Language | None = None,
    base: str = "",
    recipe: Recipe | None = None,
    start: Path | None = None,
    seed: int = 0,
    simulated: bool = False,
    tell: Tell | None = None,
) -> Report:
    """Learns from a file of feedback and leaves an adapter with its ``report.json`` in ``out``.

    ``start`` is the adapter that serves now; None: the language's starter, or the base alone. The adapter in
    ``out`` is the best candidate of the night also where the gate refuses it. A night that is over already is
    only reported again. Where a launcher started several processes, each calls this and gets the report.
    FeedbackError for a line that cannot be read; NothingToLearnError; BaseError for a base or an adapter;
    OutError, and nothing is touched, where ``out`` is no place for an adapter. One that an earlier night left
    there is replaced. ``simulated``: the feedback is no people's, which adapter and report then say.
    """
    recipe = recipe or load("default")
    work = out.with_name(f"{out.name}.work")

    def begun() -> Path | None:
        begin = start
        if begin is None and not recipe.fresh:
            spoken = language or majority(feedback)
            begin = starter(spoken) if base in ("", default_base(spoken)) else None
        put_back(out, work)
        check_out(out, work, [feedback, *([begin] if begin else [])])
        return begin

    begin = once(begun)
    asked = {
        "feedback": sha256(feedback),
        "language": language,
        "base": base,
        # Under another number the same is done: a night need not begin anew for that.
        "recipe": recipe.model_dump(mode="json", exclude={"version"}),
        "start": str(start) if start else None,
        "start_sha256": _hash_of(begin) if begin else None,
        "seed": seed,
        "simulated": simulated,
    }
    if (report := once(lambda: reported(out, asked))) is not None:
        once(lambda: shutil.rmtree(work, ignore_errors=True))  # a kill may have left some of it
        return report

    def planned() -> Plan:
        if read_json(work / "asked.json") != asked:  # of another file, or another recipe: nothing of it fits
            shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True, exist_ok=True)
        write_json(work / "asked.json", asked)
        try:
            return plan_for(feedback, work, recipe, language=language, start=begin, seed=seed)
        except NothingToLearnError:
            shutil.rmtree(work)
            raise

    plan = once(planned)
    night = _Night(
        base=find(base or default_base(plan.language)),
        home=home,
        plan=plan,
        recipe=recipe,
        start=begin,
        seed=seed,
        out=out,
        work=work,
        tell=tell or (lambda _progress: None),
        asked=asked,
        simulated=simulated,
    )
    return night.run()


@dataclass(frozen=True)
class _Night:
    base: Base
    home: Path
    plan: Plan
    recipe: Recipe
    start: Path | None
    seed: int
    out: Path
    work: Path
    tell: Tell
    asked: dict[str, Any]
    simulated: bool = False

    @property
    def _sitting(self) -> Sitting:
        return Sitting(self.base, self.home, self.plan, self.work, self.seed, self.tell)

    def run(self) -> Report:
        once(self._prepared)
        self._train(once(self._budget))
        return once(self._judged)

    def _prepared(self) -> None:
        """Converts the base if need be: first of all, since minutes of it would count as the exam's, and
        told, since whoever waits would see nothing."""

        def told(done: int, total: int, _what: str) -> None:
            self.tell(Progress("preparing the base", done, total, None))  # its steps last a moment or minutes

        prepare(self.base, self.home, told)

    def _budget(self) -> Budget:
        """What of the night's time the learning may take: the champion's exam, which shows how fast a drawing
        is drafted, comes first, and time for the others is put aside."""
        whole = self.recipe.minutes * 60
        if not self.recipe.exam:
            return Budget(whole)
        drafted = sum(len(done.cases) for done in self._sitting.of("champion", self.start).values())
        once_more = 2 * self._sitting.golden_cases  # for the champion and the best arm
        cases = len(self._examined) * drafted + once_more
        return Budget(whole, self._sitting.seconds / max(1, drafted), cases)

    def _judged(self) -> Report:
        """Examines what was trained, and puts the best of it in its place.

        The golden cases are only sat by what passed everything else, the best first.
        """
        arms = self._arms()
        if not self.recipe.exam:
            name, folder = list(arms.items())[-1]
            return self._finish(name, folder, Judged(True, (), {}), {})
        all_ = {"champion": self.start, **arms}
        exams = {name: self._sitting.of(name, folder) for name, folder in all_.items()}
        judged = {name: self._judge_arm(exams, name) for name in arms}
        best = sorted(arms, key=lambda name: (judged[name].promoted, judged[name].gained["mean"]))[::-1]
        for name in best:
            if judged[name].promoted:
                exams["champion"] |= {"golden": self._sitting.golden("champion", self.start)}
                exams[name] |= {"golden": self._sitting.golden(name, arms[name])}
                judged[name] = self._judge_arm(exams, name)
            if judged[name].promoted:
                return self._finish(name, arms[name], judged[name], exams)
        return self._finish(best[0], arms[best[0]], judged[best[0]], exams)

    def _train(self, budget: Budget) -> None:
        """Runs the stages that are not done yet."""
        model: LearningModel | None = None
        before = self.start if not self.recipe.fresh else None
        kinds, took = [stage.stage for stage in self.recipe.stages], list[float]()
        names = names_of(kinds)
        plain = once(self._rehearsed)
        train = with_rehearsed(self.plan.train, plain["texts"])
        spent = plain["seconds"] + once(lambda: self._sitting.seconds)
        folders = [self._folder(number) for number in range(len(self.recipe.stages))]
        done = once(lambda: [(folder / "meta.json").exists() for folder in folders])
        for number, (stage, folder) in enumerate(zip(self.recipe.stages, folders, strict=True)):
            if not done[number]:
                if model is None:
                    model = open_model(
                        self.base, self.home, builtin(self.plan.language, PROMPT),
                        start=before, rank=self.recipe.rank, seed=self.seed,
                    )  # fmt: skip
                run = Run(
                    batch=self.recipe.batch,
                    seed=self.seed + number,
                    checkpoint=self.work / f"{number}.safetensors",
                    writer=partial(self._writer_of, model, number),
                    seconds=budget.of_a_descent(spent, kinds, took),
                    tell=teller(names[number], self.tell),
                )
                material = Material(train, self.plan.exam, self.plan.choices)
                trained = run_stage(stage, model, material, run)
                once(partial(self._keep, number, model, trained))
            took.append(once(partial(self._stage_seconds, number)))
            before = folder

    def _rehearsed(self) -> dict[str, Any]:
        """The starter's plain comments on drawings of this night, and the seconds they took; kept, so that a
        resumed night has the same."""
        kept = self.work / "rehearsed.json"
        if (told := read_json(kept)) is not None:
            return dict(told)
        began = time.monotonic()
        language = self.plan.language
        folder = starter(language) if self.base.name == default_base(language) else None
        texts: dict[str, str] = {}
        if folder is not None and self.recipe.rehearsed:
            writer = open_writer(self.base, adapter=folder, home=self.home)
            texts = rehearsed(
                self.plan.train,
                writer,
                many=self.recipe.rehearsed,
                seed=self.seed,
                tell=teller("rehearsal", self.tell),
            )
        told = {"seconds": round(time.monotonic() - began, 1), "texts": texts}
        write_json(kept, told)
        return told

    def _told(self, number: int) -> dict[str, Any]:
        """What a stage said of itself; nothing of one that is not done."""
        return dict(read_json(self._folder(number) / "stage.json") or {})

    def _stage_seconds(self, number: int) -> float:
        return float(self._told(number).get("seconds") or 0.0)

    def _keep(self, number: int, model: LearningModel, trained: Trained) -> None:
        """The adapter after a stage, the reward if it learned one, and what it says of itself."""
        stage, folder = self.recipe.stages[number], self._folder(number)
        curve = f"{number}-{stage.stage}.svg"
        told = {
            "name": stage.stage,
            "seconds": round(trained.seconds, 1),
            "figures": trained.figures,
            "curve": curve_of(trained.steps),
            "drawn": curve if trained.steps else None,
        }
        if trained.steps:
            draw_curve(self.work / curve, f"{stage.stage}: {model.base}", trained.steps)

        def add(making: Path) -> None:
            (making / "stage.json").write_text(json.dumps(told), encoding="utf-8")
            if trained.reward is not None:
                trained.reward.save(making)
                if not trained.orders:
                    (making / REWARD).rename(making / UNPROVEN)

        save_adapter(model, folder, self._meta(f"{self.out.name}-{number}"), add=add)
        (self.work / f"{number}.safetensors").unlink(missing_ok=True)

    @property
    def _examined(self) -> list[int]:
        """The stages after which there is an arm, as far as the recipe tells: how many of them did nothing is
        not known before, and a night that goes on must put aside as much time as when it began."""
        stages = self.recipe.stages
        return [i for i, stage in enumerate(stages) if stage.examined] or [len(stages) - 1]

    def _arms(self) -> dict[str, Path]:
        """What became of the night: the adapters that are to be examined, by the stages that made them.

        An adapter with the weights of the arm before, and no reward where that has none, would only be
        examined twice. Where no stage did anything, what is left is called ``unchanged``.
        """
        told = [self._told(number) for number in range(len(self.recipe.stages))]
        arms: dict[str, Path] = {}
        last = -1
        for number in self._examined:
            folder = self._folder(number)
            descended = any(stage["curve"] for stage in told[last + 1 : number + 1])
            if last >= 0 and not descended:
                orders, ordered = ((self._folder(i) / REWARD).exists() for i in (number, last))
                if ordered or not orders:
                    continue
            did = [stage["name"] for stage in told[: number + 1] if "left out" not in stage["figures"]]
            arms["+".join(did) or "unchanged"] = folder
            last = number
        return arms

    def _judge_arm(self, exams: Mapping[str, Mapping[str, Examined]], name: str) -> Judged:
        """What the gate says of one arm, by the exams that were sat."""
        arm, champion = exams[name], exams["champion"]
        guards = {which: (arm[which], champion[which]) for which in ("held_out", "golden") if which in arm}
        return judge(arm["exam"], champion["exam"], guards=guards, seed=self.seed)

    def _finish(
        self,
        name: str,
        folder: Path,
        judged: Judged,
        exams: Mapping[str, Mapping[str, Examined]],
    ) -> Report:
        """Puts the best arm in its place, with the report."""
        verdict: Verdict = "promoted" if judged.promoted else "rejected"
        stages = [self._told(i) for i in range(len(self.recipe.stages))]
        figures = {
            arm: {which: examined.figures for which, examined in sets.items()} for arm, sets in exams.items()
        }
        data = {
            "language": self.plan.language,
            "verdict": verdict,
            "reasons": list(judged.said),
            "causes": [reason.line for reason in judged.reasons],
            "gained": dict(judged.gained),
            "arm": name,
            **self._marked(),
            "recipe": self.recipe.id,
            "counts": self.plan.counts,
            "asked": self.asked,
            "stages": stages,
            "seconds": {
                "budget": round(self.recipe.minutes * 60, 1),
                "rehearsal": self._rehearsed()["seconds"],
                "learning": round(sum(stage["seconds"] for stage in stages), 1),
                "exams": round(self._sitting.seconds, 1),
            },
            "exam": figures,
        }
        making = self.work / "out"
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(folder, making, ignore=shutil.ignore_patterns("stage.json", "meta.json", UNPROVEN))
        for stage in stages:
            if stage["drawn"]:
                shutil.copy(self.work / stage["drawn"], making)
        write_json(making / "report.json", data)
        if sat := exams.get(name, {}).get("golden"):
            keep_golden(making, sat)
        finish_adapter(making, self._meta(self.out.name) | {"metrics": figures.get(name, {})})
        put(making, self.out, self.work)
        shutil.rmtree(self.work)
        return Report(verdict, judged.said, data)

    def _meta(self, id_: str) -> dict[str, Any]:
        parents = [open_adapter(self.start)] if self.start and not self.recipe.fresh else []
        voices = {one.context.voice for one in self.plan.train if one.context.voice}
        return {
            "id": id_,
            "base": self.base.name,
            "prompt": PROMPT,
            "language": self.plan.language,
            **self._marked(),
            "recipe": self.recipe.id,
            "seed": self.seed,
            "data": self.plan.counts | {"sha256": self.plan.sha256, "until": self.plan.until},
            "parents": [parent.id for parent in parents],
            "examined": [one.id for one in self.plan.exam],
            "voices": sorted(voices.union(*(parent.voices for parent in parents))),
        }

    def _marked(self) -> dict[str, Any]:
        """What was simulated says so, and what is made of it; that an adapter says nothing means that nobody
        said so of the feedback."""
        told = [open_adapter(self.start).meta] if self.start and not self.recipe.fresh else []
        simulated = self.simulated or any(meta.get("simulated") for meta in told)
        return {"simulated": True} if simulated else {}

    def _writer_of(self, model: LearningModel, number: int) -> Writer:
        """A writer with the model's weights of this moment, and the reward that the stage before learned: an
        older one reads states that have changed since."""
        folder = self.work / "policy"
        learned = [self._folder(number - 1) / name for name in (REWARD, UNPROVEN)] if number else []

        def add(making: Path) -> None:
            for found in filter(Path.exists, learned):
                shutil.copy(found, making / REWARD)

        save_adapter(model, folder, self._meta("policy"), add=add)
        return open_writer(self.base, adapter=folder, home=self.home)

    def _folder(self, number: int) -> Path:
        return self.work / f"{number}-{self.recipe.stages[number].stage}"


def _hash_of(adapter: Path) -> str:
    """Changes with any of its files, whose hashes ``meta.json`` holds. BaseError where it is none, or
    damaged."""
    return sha256(open_adapter(adapter).folder / "meta.json")
