"""Simulated teachers at the real desk: what does the learning do before real teachers try it?

``persona`` is how a simulated teacher is written down, ``teacher`` what they write and how they edit.
``world`` opens a database of its own with their studios, ``photos`` makes what the children draw, and
``classroom`` holds a lesson through the product's own functions. ``simulate`` runs the days and nights, and
``report`` draws what came of them.
Everything here says that it is simulated.
"""
