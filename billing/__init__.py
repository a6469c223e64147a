"""Billing: plans, Stripe, entitlements and the quota ledger. It knows a ``studio_id`` and an opaque
``payer``, nothing else of the product, and nothing imports Stripe but ``gateway``.
"""
