"""Learning from edits: reinforcement learning from human feedback (RLHF) on files, small enough to read.

What is learned is a policy π(y | x), the probability of a comment y given a prompt x: a base model with an
adapter. log π(y | x) is the sum over y's tokens. Every acceptance on the desk says three things. The accepted
text is a *demonstration*. The draft that was chosen is preferred to those beside it, a *choice*; and what the
teacher made of it is preferred to the draft, an *edit*. The classic recipe (Christiano et al. 2017, Stiennon
et al. 2020, Ouyang et al. 2022) makes a policy of these in three steps:

1. **Supervised fine-tuning** imitates the demonstrations: it maximises log π(y | x).
2. **A reward model** r(x, y) learns the preferences by the likelihood of Bradley and Terry (1952),
   P(a is preferred to b) = σ(r(x, a) − r(x, b)) with the logistic σ(z) = 1/(1 + exp(−z)). Here r is no second
   network but linear in what the writer has at hand (the last states of the network, how likely it finds
   its own words, a score made by hand): it is fitted in a minute, and fitted anew whenever the writer has
   changed, so recipes name it twice.
3. **Policy optimisation** seeks more reward without going far from the policy ρ that one starts from, the
   *reference* (the papers' π_ref): it maximises E[r(x, y)] − β·KL(π ‖ ρ). Here KL(π ‖ ρ), in nats, is
   E[log π(y | x) − log ρ(y | x)], both means are over the prompts x and the comments y that π itself writes,
   and β is the price of a nat: the reward was learned near ρ, and far from it may praise nonsense.

The policy that is best in step three is known, π(y | x) = ρ(y | x)·exp(r(x, y)/β) / Z(x), but nobody can
sample from it: Z(x), which makes it sum to one, is a sum over all comments that there could be. Ouyang et al.
climb towards it by PPO (proximal policy optimisation, Schulman et al. 2017), in short steps along a gradient
that is estimated from samples of π: every round pays for fresh ones. There are two ways that two cores can
afford. *Direct preference optimisation* (DPO) solves that formula for r and puts it into step two's
likelihood, where Z(x) cancels, so that π is trained on the preferences themselves: of a better text a and a
worse one b its loss is −log σ(β·[log π(a | x)/ρ(a | x) − log π(b | x)/ρ(b | x)]). That may make both
unlikely, so the *joint* loss adds λ times step one's, the mean of −log π over a's tokens. *Best-of-n
distillation* draws n comments on a prompt from ρ, keeps what the reward and the checks like best, and
imitates it. There n takes the place of β: the larger it is, the more reward, and the further from the
sampler, yet by no more nats than log n − (n − 1)/n (Beirami et al. 2024), 1.2 for n = 8.

The default night (``recipes/default.yaml``) is sft, reward, joint, reward. It goes the first way, with
*edits* alone: of a choice both texts are the model's own, and neither is what the teacher wanted to say. The
worse text of an edit is a draft of the version that served then, so the pairs are *off-policy*: they unteach
faults that the model which learns may have no more, and tell nothing of its new ones; a night takes the
latest of every teacher in turn. (Comments that were written by hand or by the starter are among them; these
have no worse text, and are only imitated, which holds the descent.) Choices teach the reward, which ranks the
drafts where it does that better than the ranking before; without ``policy`` that is all it is for. The whole
circle, policy and all, is ``recipes/classic.yaml``.

What the package ``drafting`` does with a policy is the other half of the loop. For each drawing it draws
eight texts, cuts out or refuses what its checks object to (a colour that the drawing lacks, a sentence said
to a classmate), ranks what is left by a hand-made *score* and by *fluency*, the mean log-probability of a
token, or by the reward, and shows the best four. The desk shuffles those of them without a fault, so that
what is chosen speaks of the texts and not of our ranking. So ranking decides what is shown, not what is seen
first.

Who is who: the *starter* is the adapter that ships, made from the base by imitating comments that were
written by hand. What drafts for teachers now *serves*; when a night begins it is the *champion*. What the
night's stages leave is its *candidate*; of two that are examined each is an *arm*. *Golden* cases are
drawings with hand-written comments that no night learns from.

One model writes for teachers who contradict each other. So the *voice*, a code for each teacher, stands in
the prompt, last before the answer: what is learned is π(y | x, voice), so that what one edits need not pull
another's drafts. From few comments imitation alone hardly hears it, so sft adds −log P(voice | the comment's
first words) to its loss. An adapter names the voices that it has learned (``voices``); whoever it does not
know is written for in the plain voice, which has a word of its own, was taught by hand, and is rehearsed
every night.

A night learns from what is new and some of what is old. It begins from the adapter that serves and runs all
its stages anew, sft first: ρ is what that night's sft has left, and β holds step three near that, not near
the base. Whether its result may serve, an exam decides on lessons that it has not seen: only if teachers
would clearly have had less to edit.

Read the files in this order. A few small things of later ones are needed first: ``figures.interval``, a mean
with its range; ``replay.latest``, the last records of every teacher in turn, and ``replay.evened``, all of
them, those of whoever has few more than once; ``works.works``, records as they are drafted anew; and
``together.once``, what one process does for all.

- What learns. ``records`` reads feedback and gives back what the prompt of a comment is filled with,
  ``model`` is a base with an adapter (LoRA), and the log-probability of a comment under it, and ``loop`` is
  gradient descent that can be killed. The three steps are ``sft``; ``reward``; ``preference`` (DPO, and the
  joint loss that holds it to the demonstrations) and ``policy`` (best of n). ``voice`` makes sft listen to
  whom it writes for. ``recipe`` says which a night runs with what, ``stages`` runs them.
- Whether it may serve. ``exam`` measures what is drafted by some ``figures``, and ``gate`` may say no, for
  ``reasons`` that an operator can read.
- Where the data come from. ``scrub`` takes private things out of a record (``names``, where no roster tells
  them), ``sieve`` drops what must not teach (all use ``words``), ``split`` keeps some back for the exam,
  ``replay`` chooses among the rest, and ``plan`` puts these in their order. ``rehearsal`` adds what the
  starter writes of some of the same drawings, which ``works`` gives to drafting again. ``demonstrations``
  were written by hand.
- The night. It has its ``budget``, ``sitting`` keeps who sat which exam, and ``night`` is all of it from the
  file to the verdict. ``report``, ``files`` and ``adapter`` write what it leaves behind, ``progress`` tells
  how far it is, and ``together`` lets several processes share it.
- Aside: ``bench`` and ``bench_trl`` compare the descent with TRL's trainers.
"""
