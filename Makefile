# The two commands: `make dataset` builds a release from raw/, `make test` runs the tests. Each sets up .venv by itself.
# `make check` adds the linter and the type checker, `make docs` builds the documentation into site/.

PYTHON ?= python3
BIN := .venv/bin
RAW ?= raw
OUT ?= processed
CONFIG ?= corpus.toml

# Nothing calls home.
export DO_NOT_TRACK = 1
export HF_HUB_DISABLE_TELEMETRY = 1
export PREFECT_SERVER_ANALYTICS_ENABLED = false

.PHONY: dataset test check docs clean

dataset: .venv/installed
	$(BIN)/python -m flows.build --raw $(RAW) --out $(OUT) --config $(CONFIG)

test: .venv/installed
	$(BIN)/python -m pytest

check: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: .venv/installed
	$(BIN)/python -m docs.generator
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

clean:
	rm -rf site .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Saring needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@
