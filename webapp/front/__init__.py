"""The front door: the landing page, and the switches that every page carries."""
