"""Learning from edits: reinforcement learning from human feedback (RLHF) on files, small enough to read.

What is learned is a policy π(y | x), the probability of a comment y given a prompt x: a base model with an
adapter. Every acceptance on the desk says three things. The accepted text is a *demonstration*. The draft
that was chosen is preferred to those beside it, a *choice*; and what the teacher made of it is preferred
to the draft, an *edit*. The classic recipe (Christiano et al. 2017, Stiennon et al. 2020, Ouyang et al.
2022) makes a policy of these in three steps:

1. **Supervised fine-tuning** imitates the demonstrations: it maximises log π(y | x).
2. **A reward model** r(x, y) learns the preferences by the likelihood of Bradley and Terry (1952),
   P(a is preferred to b) = σ(r(x, a) − r(x, b)).
3. **Policy optimisation** seeks more reward without going far from the policy ρ that one starts from, the
   *reference*: it maximises E[r(x, y)] − β·KL(π ‖ ρ).

The policy that is best in step three is known, π(y | x) ∝ ρ(y | x)·exp(r(x, y)/β), but nobody can sample from
it. Ouyang et al. climb towards it by PPO, which pays for fresh samples at every step. There are two ways that
two cores can afford. *Direct preference optimisation* solves that formula for r and puts it into step two's
likelihood, so that π is trained on the preferences themselves. *Best-of-n distillation* samples from ρ, keeps
what the reward and the checks like best, and imitates it.

The default night (``recipes/default.yaml``) is sft, reward, joint, reward. It goes the first way, with
*edits* alone: of a choice both texts are the model's own, and neither is what the teacher wanted to say. The
worse text of an edit is a draft of the version that served then, not of the one that learns. Choices teach
the reward, which orders the desk's drafts where it does that better than the order before; without ``policy``
that is all it is for. The whole circle, policy and all, is ``recipes/classic.yaml``.

One model writes for teachers who contradict each other. So the *voice*, a code for each teacher, stands in
the prompt, last before the answer: what is learned is π(y | x, voice), and what one edits pulls no other's
drafts. Imitation alone hardly hears it, so sft asks for it besides. An adapter names the voices that it has
learned (``voices``); whoever it does not know is written for in the plain voice, which has a word of its own,
was taught by hand, and is rehearsed every night.

A night learns from what is new and some of what is old; the next one begins where it ended, so the two last
steps are taken again and again. Whether its result may serve, an exam decides on lessons that it has not
seen.

Read the files in this order.

- What is learned from. ``records`` reads feedback and gives back the very prompt that a draft was written
  from. ``demonstrations`` were written by hand. ``scrub`` takes private things out of a record (``names``,
  where no roster tells them), ``sieve`` drops what must not teach (all use ``words``), ``split`` keeps some
  back for the exam, ``replay`` chooses among the rest, and ``plan`` puts these in their order.
  ``rehearsal`` adds what the starter writes of some of the same drawings.
- What learns. ``model`` is a base with an adapter (LoRA), and the log-probability of a comment under it.
  ``loop`` is gradient descent that can be killed, and ``together`` lets several processes share it.
- The three steps: ``sft``, which ``voice`` makes listen to whom it writes for; ``reward``; ``preference``
  (DPO, and the joint loss that holds it to the demonstrations) and ``policy`` (best of n). ``recipe`` says
  which a night runs with what, ``stages`` runs them.
- Whether it may serve. ``works`` gives records to drafting again, ``exam`` measures what is drafted by some
  ``figures``, ``sitting`` keeps who sat what, and ``gate`` may say no, for ``reasons`` that an operator can
  read.
- ``night`` is all of it from the file to the verdict, within its ``budget``, and tells its ``progress``;
  ``adapter``, ``report`` and ``files`` write what it leaves behind.
- Aside: ``bench`` and ``bench_trl`` compare ``loop`` with TRL's trainers.
"""
