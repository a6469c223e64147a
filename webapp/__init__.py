"""The product: one room per capability, and the only place where everything is put together (``app.py``)."""
