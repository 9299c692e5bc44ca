# make demo    installs nrrsim into .venv and runs the main job, workflows/demo.py
# make test    installs the test tools too and runs the tests
# make lint    ruff, mypy and the import contracts
# make clean   removes .venv and everything that was built or cached
# Needs Python 3.11 or newer with venv: `make demo PYTHON=python3.11` where python3 is older.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --quiet --no-input --disable-pip-version-check install -c constraints.txt
OUT ?= demo-output
JOBS ?= 2

.DEFAULT_GOAL := demo
.NOTPARALLEL:
.PHONY: demo test lint clean

demo: $(VENV)/core.stamp
	$(BIN)/python workflows/demo.py $(OUT)

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(JOBS)

lint: $(VENV)/test.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-cache

clean:
	rm -rf $(VENV) build dist demo-output nrrsim.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .numba_cache
	find nrrsim tests workflows -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:  # the last thing that venv makes
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "nrrsim needs Python 3.11 or newer, " + sys.executable + " is " + sys.version.split()[0] + ": give another one, make demo PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/core.stamp: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing nrrsim into $(VENV) ..."
	$(INSTALL) --editable .
	@touch $@

$(VENV)/test.stamp: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing nrrsim with its test tools into $(VENV) ..."
	$(INSTALL) --editable '.[test]'
	@touch $(VENV)/core.stamp $@
