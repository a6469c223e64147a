"""From a lesson's drawings to checked, ranked drafts. Loads no model library; the writer brings the model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from math import exp

from drafting.avoid import refusal
from drafting.check import CONTRADICTIONS, Flag, check
from drafting.check.case import Case
from drafting.check.form import is_long_enough
from drafting.check.repetition import check_shared
from drafting.check.sentences import normalised, split
from drafting.habits import NONE, Habits
from drafting.openings import openings
from drafting.rank import best_first, score
from drafting.reward import Reward, squashed
from drafting.standing import without
from drafting.write.request import Request, Style, Writer, Written
from prompts import Context, Prompt, PromptError, Rendered, builtin, builtins, parse, render
from prompts.vocabulary import Language

# Drawings are written together, since that is many times faster; the first few apart, so that work can begin.
GROUPS = (2, 4, 8, 16)
"""Groups for a class whose teacher waits: the first two are there soon."""
NOBODY_WAITS = (32,)
"""Groups for whoever needs all of them, and none sooner."""
# More than are shown, so that there is a choice and a failure seldom needs a second round.
_WRITTEN_FOR_ONE_SHOWN = 2
# So many of the shown drafts are to share no sentence; for more of them it is not worth writing again.
_DIFFERENT = 2
# Tokens for a comment of each length: the most that its bounds in the vocabulary come to.
_LONGEST = {"short": 60, "medium": 110, "long": 240}
# A sentence with one of these is of no use to anybody.
_CUT = CONTRADICTIONS | {"language", "address"}
# Small models, tuned or not, make clearer sentences at low temperatures.
_LED, _FREE = Style(temperature=0.4, top_p=0.9, no_repeat=4), Style(temperature=0.5, top_p=0.9)
# In a voice that it learned, a writer is so sure that at 0.5 four of eight candidates are the same.
_KNOWING = Style(temperature=0.8, top_p=0.92)


@dataclass(frozen=True)
class Work:
    """One drawing to comment on. ``student_names`` is the roster, ``earlier`` this student's last comments,
    ``habits`` what the teacher tells everybody.

    ``image`` is a JPEG for models that see. Only drawings of one ``lesson`` are compared with each other.
    """

    id: str
    context: Context
    language: Language
    student_names: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    image: bytes | None = field(default=None, repr=False)
    lesson: str = ""
    habits: Habits = NONE

    @cached_property
    def refuse(self) -> Callable[[str, int], bool]:
        """See ``refusal``."""
        return refusal(self.context, self.language)

    def is_long_enough(self, text: str) -> bool:
        """Whether a comment may end here."""
        return is_long_enough(text, self.context, self.language)


@dataclass(frozen=True)
class Draft:
    """One candidate comment. The student is ``{student}``; ``score`` is 0..1; no flags means that it
    passed."""

    text: str
    flags: tuple[Flag, ...]
    score: float
    seed: int
    prompt: str
    model: str


def draft_class(
    works: Sequence[Work],
    writer: Writer,
    *,
    prompt: Prompt | None = None,
    n: int = 4,
    seed: int = 0,
    budget: int = 2,
    siblings: Sequence[str] = (),
    groups: Sequence[int] = GROUPS,
    pause: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[str, list[Draft]]]:
    """Drafts the drawings of a lesson, or of several: each one's id with its ``n`` drafts, best first, as
    soon as it is done. ``groups`` says how many are written together, the last number again and again.

    Where fewer than ``n`` are sound, new ones are written up to ``budget`` times, where too many say the same
    once (in a voice that the writer knows less often, see ``_enough``); what fails even then comes last, with
    its flags. So does what shares a sentence, unless it is the teacher's habit, with another drawing's drafts
    or with ``siblings``, texts for other students of the lesson. The same seed and works give the same
    drafts.
    Between two groups of drawings that are written together ``pause`` is asked whether to leave the rest.
    WriterError when the model fails.
    """
    told = {work.lesson: list(siblings) for work in works}
    for number, group in enumerate(_groups(works, groups)):
        if number and pause():
            return
        pools: dict[str, list[Draft]] = {work.id: [] for work in group}
        missing, settled = list(group), dict[str, tuple[list[Draft], list[Draft]]]()
        for turn in range(budget + 1):
            if not missing:
                break
            for work, drafts in _write(missing, writer, prompt, n, seed, turn):
                pools[work.id] += [
                    _checked(work, draft, prompt_text, told[work.lesson], written, writer.reward)
                    for draft, prompt_text, written in drafts
                ]
            settled = {work.id: (pool, best) for work, pool, best in _settled(group, pools, told, n)}
            missing = [work for work in group if not _enough(settled[work.id][0], work, writer, n, turn)]
        for work in group:
            best = settled[work.id][1]
            told[work.lesson] += [draft.text for draft in best]
            yield work.id, best


def prompt_for(writer: Writer, language: Language) -> Prompt:
    """The built-in prompt that suits a writer: its own, the one made for its base, or one for any chat or
    plain model."""
    if writer.prompt:
        return builtin(language, writer.prompt)
    made_for = f"comment-{writer.model}"
    if any(prompt.id == made_for and prompt.language == language for prompt in builtins()):
        return builtin(language, made_for)
    return builtin(language, "comment-long" if writer.chat else "comment")


def redraft_sentence(
    work: Work,
    text: str,
    span: tuple[int, int],
    writer: Writer,
    *,
    prompt: Prompt | None = None,
    n: int = 3,
    seed: int = 0,
) -> list[str]:
    """Other sentences for the one that holds ``span`` of ``text``: up to ``n``, checked within the whole
    text.

    Those that pass come first. ValueError when the span lies outside every sentence.
    """
    sentences = split(text, work.language)
    at = next((i for i, s in enumerate(sentences) if s.start <= span[0] < s.end), None)
    if at is None:
        raise ValueError(f"no sentence of the text holds the span {span}")
    old = sentences[at]
    before, after = text[: old.start], text[old.end :]
    used = prompt or prompt_for(writer, work.language)
    rendered = _rendered(used, work, writer)
    lines = (
        [line for plan in openings(work.context, work.language, n * 2, seed) for line in plan]
        if writer.needs_leading
        else [""]
    )
    fresh = [line for line in dict.fromkeys(lines) if not line.startswith("{student}") or at == 0]
    starts = tuple((before + line,) for line in fresh)
    request = _request(work, rendered, writer, seed=seed, plans=starts)
    [written] = writer.write([request], n * 2, longest=_LONGEST["long"], style=_style(work, writer))
    found: dict[tuple[str, ...], tuple[bool, float, str]] = {}
    for candidate in written:
        whole = parse(used, candidate.text)
        parts = split(whole, work.language)
        if len(parts) <= at:
            continue
        new = parts[at].text
        key = normalised(new, work.language)
        if key == normalised(old.text, work.language):
            continue
        flags = check(before + new + after, context=work.context, language=work.language,
                      student_names=work.student_names, earlier=work.earlier, habits=work.habits)  # fmt: skip
        own = [flag for flag in flags if old.start <= flag["span"][0] < old.start + len(new)]
        found.setdefault(key, (bool(own), -candidate.fluency, new))
    return [new for _, _, new in sorted(found.values())][:n]


def _groups(works: Sequence[Work], sizes: Sequence[int]) -> Iterator[Sequence[Work]]:
    start = 0
    for size in (*sizes, *([sizes[-1]] * len(works))):
        if start >= len(works):
            return
        yield works[start : start + size]
        start += size


def _write(
    works: Sequence[Work], writer: Writer, prompt: Prompt | None, n: int, seed: int, turn: int
) -> Iterator[tuple[Work, list[tuple[Draft, str, Written]]]]:
    """Writes candidates for drawings that may differ in language, and puts them in the shape of drafts."""
    many = max(n, round(n * _WRITTEN_FOR_ONE_SHOWN))
    kinds = {work.id: (work.language, _is_known(work, writer)) for work in works}
    for kind in dict.fromkeys(kinds.values()):
        some, language = [work for work in works if kinds[work.id] == kind], kind[0]
        used = prompt or prompt_for(writer, language)
        if used.language != language:
            raise PromptError(
                f"{used.name} is a prompt in “{used.language}”; the comments are to be in “{language}”."
            )
        requests = []
        for work in some:
            own = _seed(seed, work.id, turn)
            plans = openings(work.context, language, many, own) if writer.needs_leading else ()
            requests.append(_request(work, _rendered(used, work, writer), writer, seed=own, plans=plans))
        longest = max(_LONGEST[work.context.length] for work in some)
        style = _style(some[0], writer)
        for work, request, texts in zip(
            some, requests, writer.write(requests, many, longest=longest, style=style), strict=True
        ):
            drafts = [
                (
                    Draft(parse(used, written.text), (), 0.0, request.seed + i, used.name, writer.model),
                    request.rendered.text,
                    written,
                )
                for i, written in enumerate(texts)
            ]
            yield work, drafts


def _rendered(prompt: Prompt, work: Work, writer: Writer) -> Rendered:
    """The prompt; in the plain voice, unless the writer learned from this teacher: what it makes of a code
    that it never met is a mixture of the others' manners."""
    known = _is_known(work, writer)
    return render(prompt, work.context if known else replace(work.context, voice=""))


def _is_known(work: Work, writer: Writer) -> bool:
    """Whether the writer learned from this teacher."""
    return bool(work.context.voice) and work.context.voice in writer.voices


def _style(work: Work, writer: Writer) -> Style:
    if writer.needs_leading:
        return _LED
    return _KNOWING if _is_known(work, writer) else _FREE


def _request(
    work: Work, rendered: Rendered, writer: Writer, *, seed: int, plans: Sequence[Sequence[str]]
) -> Request:
    return Request(
        rendered,
        work.language,
        seed=seed,
        refuse=lambda text, new: work.refuse(text, new),
        # In a voice that it learned, a writer ends where the teacher would have.
        long_enough=None if _is_known(work, writer) else work.is_long_enough,
        openings=plans,
        image=work.image,
    )


def _checked(
    work: Work,
    draft: Draft,
    prompt_text: str,
    told: Sequence[str],
    written: Written,
    reward: Reward | None,
) -> Draft:
    """The draft with its flags and score; a flagged last sentence, and any that contradicts the facts, is no
    language or speaks to somebody else, is cut where the rest stands by itself."""

    def flags_of(text: str) -> list[Flag]:
        return check(
            text,
            context=work.context,
            language=work.language,
            student_names=work.student_names,
            siblings=told,
            earlier=work.earlier,
            habits=work.habits,
            prompt_text=prompt_text,
        )

    text, flags = draft.text, flags_of(draft.text)
    while flags and len(sentences := split(text, work.language)) > 1:
        shorter = text[: sentences[-2].end]
        if flags[-1]["span"][1] <= len(shorter):
            break
        if not (left := flags_of(shorter)) or len(left) < len(flags):
            text, flags = shorter, left
        else:
            break
    if wrong := [flag["span"] for flag in flags if flag["kind"] in _CUT]:
        false = {
            sentence.text
            for sentence in split(text, work.language)
            if any(start < sentence.end and sentence.start < end for start, end in wrong)
        }
        rest = without(text, work.language, false.__contains__)
        if rest is not None and len(left := flags_of(rest)) < len(flags):
            text, flags = rest, left
    return _scored(work, draft, text, flags, written, reward)


def _scored(
    work: Work, draft: Draft, text: str, flags: Sequence[Flag], written: Written, reward: Reward | None
) -> Draft:
    """What a draft says and how likely the model finds its words both count; teachers' preferences, where
    they were learned, say how much. A flag weighs in either."""
    worth = score(text, flags, context=work.context, language=work.language)
    if reward is not None:
        # Not rounded, since 0.99997 and 0.99995 are not the same.
        worth = squashed(reward.sum(written.judged, written.fluency, worth))
    else:
        worth = round(worth * exp(written.fluency / 2), 4)
    return Draft(text, tuple(flags), worth, draft.seed, draft.prompt, draft.model)


def _settled(
    group: Sequence[Work], pools: Mapping[str, Sequence[Draft]], told: Mapping[str, Sequence[str]], n: int
) -> Iterator[tuple[Work, list[Draft], list[Draft]]]:
    """Each drawing with all its drafts and the best ``n``, which no later one of its lesson may share a
    sentence with: drawings of one group are written together, so what they share shows only now."""
    said = {lesson: list(texts) for lesson, texts in told.items()}
    for work in group:
        pool = [_against(work, draft, said[work.lesson]) for draft in pools[work.id]]
        best = _apart(pool, work, n)
        said[work.lesson] += [draft.text for draft in best]
        yield work, pool, best


def _against(work: Work, draft: Draft, told: Sequence[str]) -> Draft:
    """The draft with the flags for what it shares with drafts that came before it in its group."""
    known = {flag["span"][0] for flag in draft.flags if flag["kind"] == "sibling"}
    found = check_shared(Case(draft.text, work.context, work.language), "sibling", told, work.habits)
    new = [flag for flag in found if flag["span"][0] not in known]
    if not new:
        return draft
    return Draft(draft.text, (*draft.flags, *new), draft.score * 0.7, draft.seed, draft.prompt, draft.model)


def _enough(pool: Sequence[Draft], work: Work, writer: Writer, n: int, turn: int) -> bool:
    """Whether there is nothing to be gained from writing more.

    ``n`` different texts must be sound, but only some of them free of classmates' sentences and of each
    other's, and for that nothing is written more than twice. A writer who knows the teacher's voice would
    say again what she always says: for that nothing is written anew, and for want of different texts once.
    """
    different = {draft.text for draft in pool}
    sound = {draft.text for draft in pool if all(flag["kind"] == "sibling" for flag in draft.flags)}
    known = _is_known(work, writer)
    if len(sound) < n:
        return known and turn > 0 and different == sound
    return known or turn > 0 or len(_apart(pool, work, n, passed=True)) >= min(n, _DIFFERENT)


def _apart(pool: Sequence[Draft], work: Work, n: int, *, passed: bool = False) -> list[Draft]:
    """The best ``n``: those that passed and share no sentence but the teacher's habits, then the others that
    passed, then the flagged.

    With ``passed`` only the first kind, which may be fewer.
    """
    ordered = [draft for draft in best_first(pool) if draft.text]
    chosen: list[Draft] = []
    said: set[tuple[str, ...]] = set()
    for draft in ordered:
        said_here = (normalised(one.text, work.language) for one in split(draft.text, work.language))
        own = set(said_here) - work.habits
        if not draft.flags and own.isdisjoint(said) and len(chosen) < n:
            chosen.append(draft)
            said |= own
    if not passed:
        rest = {draft.text: draft for draft in reversed(ordered) if draft not in chosen}
        chosen += best_first(rest.values())[: n - len(chosen)]
    return best_first(chosen)


def _seed(seed: int, work: str, turn: int) -> int:
    """A seed of the drawing's own, so that its drafts do not depend on its place in the class."""
    return int.from_bytes(sha256(f"{seed}:{work}:{turn}".encode()).digest()[:6], "big") << 8
