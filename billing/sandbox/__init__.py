"""A payment service in Stripe's shape, for demos and tests: a process of its own, reached only over HTTP.

Read it in this order: ``facts`` (what requests and responses may look like), ``store`` (objects in a file),
``world`` (one request's view of one account), then ``prices``, ``cards``, ``payments``, ``invoices``,
``subscriptions``, ``checkout``; ``clock`` makes time pass, ``delivery`` sends webhooks, ``app`` answers.
"""
