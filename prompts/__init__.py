"""Templates as data, and the one piece of code that renders and parses them."""
