"""Learning from edits: files in, files out.

Read it in this order. ``records`` reads feedback and gives back the very prompt that a draft was written
from. ``scrub`` takes private things out of a record, ``sieve`` drops what must not teach, ``split`` keeps
some back for the exam, and ``replay`` chooses what a night learns from. ``model`` is a base with an adapter
that can learn, and the log-probability of a comment under it. ``loop`` is gradient descent that can be
killed, and ``together`` lets several processes share it. Then the classic three steps, each on its own:
``sft`` imitates what teachers accepted, ``reward`` learns what they prefer, ``preference`` and ``policy``
move the model towards it. ``exam`` examines what came out as it would be served, and ``gate`` may say no.
"""
