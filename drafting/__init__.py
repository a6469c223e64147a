"""From a photo to checked, ranked drafts: measure, samples, write, check, rank.

Plain data in and out, no tables.
"""
