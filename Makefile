# The two commands of this project are `make decide` and `make test`. Each sets up what it
# needs in $(VENV), from nothing but Python 3.11 or newer; a second run finds it there.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS := 2
# Every package is installed in the version, and with the hash, that these files hold.
LOCKED := $(PIP) install --require-hashes
SUPPLY := .venv-supply
COMPILE := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate
UV := $(SUPPLY)/bin/uv

.PHONY: help decide test mutations lint format lock sbom lowest matrix clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

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

lock: $(SUPPLY)/.supply ## lock the newest packages that pyproject.toml allows, with hashes
	$(UV) pip compile $(COMPILE) --output-file requirements/run.txt pyproject.toml
	for group in build tests lint supply; do \
	    $(UV) pip compile $(COMPILE) --constraint requirements/run.txt --group $$group \
	        --output-file requirements/$$group.txt || exit 1; \
	done

sbom: $(SUPPLY)/.supply ## list what is installed to run whereas, as CycloneDX: sbom.json
	$(SUPPLY)/bin/cyclonedx-py requirements --pyproject pyproject.toml \
	    --output-reproducible --output-file sbom.json requirements/run.txt

# A part of the suite that uses each library.
LOWEST := tests/test_demo.py tests/facts tests/hostile/test_parquet_days.py \
	tests/cli/test_settings.py tests/cli/test_cli_bad_input.py
lowest: $(SUPPLY)/.supply ## test with the lowest versions that pyproject.toml allows
	$(UV) venv --quiet --clear .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest --resolution lowest-direct \
	    --group tests --editable .
	.venv-lowest/bin/python -m pytest -q -n $(WORKERS) $(LOWEST)

matrix: ## run the suite with each Python from 3.11 to 3.14 that is on the PATH
	@for version in 3.11 3.12 3.13 3.14; do \
	    if python$$version -c '' 2>/dev/null; then \
	        echo "Python $$version"; \
	        $(MAKE) --no-print-directory VENV=.venv-$$version PYTHON=python$$version test || exit 1; \
	    else \
	        echo "Python $$version is not there: not tested"; \
	    fi; \
	done

clean: ## take away what was built and installed
	rm -rf $(VENV) .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# The stamps: each says that its packages are there, as of its lock file.

$(VENV)/.installed: pyproject.toml requirements/run.txt requirements/build.txt | $(VENV)/pyvenv.cfg
	@echo 'installing whereas into $(VENV) …'
	@$(LOCKED) -r requirements/run.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.tests: $(VENV)/.installed requirements/tests.txt
	@echo 'installing what the tests need …'
	@$(LOCKED) -r requirements/tests.txt
	@touch $@

$(VENV)/.lint: $(VENV)/.tests requirements/lint.txt
	@echo 'installing the linters …'
	@$(LOCKED) -r requirements/lint.txt
	@touch $@

$(SUPPLY)/.supply: requirements/supply.txt
	@$(MAKE) --no-print-directory VENV=$(SUPPLY) $(SUPPLY)/pyvenv.cfg
	@$(SUPPLY)/bin/python -m pip --disable-pip-version-check --quiet install \
	    --require-hashes -r $<
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
