"""Money: pricing, buying, what is left of the quota, and what Stripe tells. The rules themselves are
`billing`'s.
"""
