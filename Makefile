# fedserver: `make help` lists what can be done. Nothing but Python 3.11 or newer is needed to begin.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8787
WORKERS ?= 2
MINUTES ?= 30
ROUNDS ?= 200
SECONDS ?= 60
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SOURCES := fedserver protocol keys tests tools

.DEFAULT_GOAL := help
.PHONY: help venv run demo test check npm bench profile fuzz lock soak test-all format example docs clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fedserver needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# The stamps make the second run instant; a change of pyproject.toml installs again.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# The parsing suites need old releases of what the server needs new: they get an environment of their own.
$(VENV)/.installed-suites: pyproject.toml | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/suites
	$(VENV)/suites/bin/python -m pip --quiet --disable-pip-version-check install \
		$$($(BIN)/python tools/extra.py suites)
	@touch $@

venv: $(VENV)/.installed-dev $(VENV)/.installed-suites ## Create the virtual environment with all tools

run: $(VENV)/.installed ## Install, create a node under data/ and serve it on http://localhost:8787
	@$(BIN)/python tools/run.py --port $(PORT)

demo: $(VENV)/.installed ## Show several nodes federating on this machine
	@$(BIN)/python tools/demo.py

check: $(VENV)/.installed-dev $(VENV)/.installed-suites ## Lint, format check, types, floors
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy --strict
	$(BIN)/lint-imports --no-logo

test: check npm ## Set up, check, and run every test but the slow ones
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"

# The packages of other servers and clients that tests talk to; where there is no npm, those tests are skipped.
npm: $(VENV)/.installed-dev ## Get the npm packages that tests talk to
	@$(BIN)/python tests/npm_packages.py

soak: $(VENV)/.installed-dev ## Run the long tests: MINUTES=30 of load, ROUNDS=200 of kill -9
	SOAK_MINUTES=$(MINUTES) SOAK_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -m soak

bench: $(VENV)/.installed-dev ## Measure and print the figures
	@$(BIN)/python tools/bench.py

profile: $(VENV)/.installed-dev ## Show where the CPU of inbox, post and home goes
	@$(BIN)/python tools/benchmarks/profile.py

lock: $(VENV)/.installed-dev ## Write requirements.lock: the newest libraries that pyproject.toml permits, with their hashes
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate --extra postgres --output-file requirements.lock pyproject.toml

$(VENV)/.installed-fuzz: pyproject.toml | $(VENV)/.installed-dev
	$(PIP) install --editable '.[dev,fuzz]'
	@touch $@

fuzz: $(VENV)/.installed-fuzz ## Fuzz the readers of foreign bytes; SECONDS=60 is how long each of them
	@$(BIN)/python tools/fuzz.py --seconds $(SECONDS)

test-all: check npm ## Check, and run every test but those of soak
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

format: $(VENV)/.installed-dev ## Sort imports and format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

example: $(VENV)/.installed ## Write config.example.toml from the settings
	@$(BIN)/python tools/make_example.py

docs: $(VENV)/.installed ## Write the pages of docs/ that come from tables in the code
	@$(BIN)/python tools/make_docs.py

clean: ## Remove the virtual environment and every cache; data/ and config.toml stay
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +
