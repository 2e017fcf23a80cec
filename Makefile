# The two commands of this project are `make decide` and `make test`. Each sets up what it
# needs in $(VENV), from nothing but Python 3.11 or newer; a second run finds it there.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS := 2

.PHONY: help decide test mutations lint format clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

decide: $(VENV)/.installed ## decide the demonstration, then justify one batch of each kind
	@echo '$$ whereas decide'
	@$(BIN)/whereas decide
	@echo
	@echo '$$ whereas why B-001'
	@$(BIN)/whereas why B-001
	@echo
	@echo '$$ whereas why B-033'
	@$(BIN)/whereas why B-033

test: $(VENV)/.tests ## run the whole test suite
	$(BIN)/python -m pytest -q -n $(WORKERS)

mutations: $(VENV)/.tests ## compare every mutation and every repair with the oracles
	WHEREAS_ALL_MUTATIONS=1 $(BIN)/python -m pytest -q -n $(WORKERS) tests/announcement tests/change/test_repair_oracle.py

lint: $(VENV)/.lint ## style, layout, types, and the order of the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.lint ## lay the code out as `make lint` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## take away what was built and installed
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# The stamps: each says that its packages are there, as of pyproject.toml.

$(VENV)/.installed: pyproject.toml | $(VENV)/pyvenv.cfg
	@echo 'installing whereas into $(VENV) …'
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.tests: $(VENV)/.installed
	@echo 'installing what the tests need …'
	@$(PIP) install --group tests
	@touch $@

$(VENV)/.lint: $(VENV)/.tests
	@echo 'installing the linters …'
	@$(PIP) install --group lint
	@touch $@

$(VENV)/pyvenv.cfg:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        "$$python" -m venv $(VENV) && exit 0; \
	        rm -rf $(VENV); \
	        echo "error: $$python cannot make a virtual environment; on Debian and Ubuntu:" \
	            "apt-get install python3-venv" >&2; \
	        exit 1; \
	    fi; \
	done; \
	echo 'error: Python 3.11 or newer is needed and was not found;' \
	    'where it has another name: make PYTHON=/path/to/python3.12 decide' >&2; \
	exit 1
