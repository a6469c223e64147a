.PHONY: setup
setup:
