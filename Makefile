# make demo   install lplint and run it on the examples
# make test   every check, in an environment of its own
# make exhaustive   all of the small world that tests/access looks at a part of (half a minute)
# make bench  the timings of docs/benchmarks.md (needs the corpus beside the checkout)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: demo test lint types layers fresh unit exhaustive bench clean

demo: $(STAMP)
	@$(BIN)/lplint examples || [ $$? -eq 1 ]

test: lint types layers fresh unit

lint: $(DEV_STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(DEV_STAMP)
	$(BIN)/mypy

layers: $(DEV_STAMP)
	$(BIN)/lint-imports

fresh: $(DEV_STAMP)
	$(BIN)/python scripts/build_ruleset.py --check
	$(BIN)/python scripts/build_risk.py --check
	$(BIN)/python scripts/build_escalation.py --check

unit: $(DEV_STAMP)
	$(BIN)/pytest

exhaustive: $(DEV_STAMP)
	LPLINT_EXHAUSTIVE=1 $(BIN)/pytest tests/access/test_grants.py

bench: $(DEV_STAMP)
	$(BIN)/python benchmarks/run.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(DEV_STAMP): $(STAMP) requirements-dev.txt
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist
