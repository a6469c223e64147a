"""Plans, Stripe, webhooks, entitlements, quota and reconciliation; knows nothing of lessons, drawings or
drafts.
"""
