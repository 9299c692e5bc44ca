# make demo    installs nrrsim into .venv and runs the main job, workflows/demo.py
# make test    installs the test tools too and runs the tests
# make lint    ruff, mypy and the import contracts
# make dft     builds GPAW, the engine for real energies, into .venv; Debian's libraries for it are installed first (root or sudo)
# make dft-test  runs the tests that compute with GPAW, some minutes
# make gallery  draws every named site into docs/gallery.md
# make clean   removes .venv and everything that was built or cached
# Needs Python 3.11 or newer with venv: `make demo PYTHON=python3.11` where python3 is older.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --quiet --no-input --disable-pip-version-check install -c constraints.txt
OUT ?= demo-output
JOBS ?= 2
DFT_LIBRARIES := libxc-dev libopenblas-dev libfftw3-dev g++ python3-dev
DFT_SITE := $(abspath $(VENV))/gpaw-siteconfig.py
GPAW := 'gpaw>=25.1' gpaw-data

.DEFAULT_GOAL := demo
.NOTPARALLEL:
.PHONY: demo test lint dft dft-test gallery clean

demo: $(VENV)/core.stamp
	$(BIN)/python workflows/demo.py $(OUT)

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n $(JOBS)

lint: $(VENV)/test.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-cache

dft: $(VENV)/gpaw-fftw.stamp

dft-test: $(VENV)/gpaw-fftw.stamp $(VENV)/test.stamp
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m dft tests/dft

gallery: $(VENV)/core.stamp
	$(BIN)/python workflows/gallery.py docs

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

$(VENV)/gpaw-fftw.stamp: constraints.txt | $(VENV)/core.stamp
	@printf '%s\n' "mpi = False" "compiler = 'g++'" "fftw = True" "libraries = ['xc', 'blas', 'fftw3']" > $(DFT_SITE)
	@if ! dpkg -s $(DFT_LIBRARIES) >/dev/null 2>&1; then \
		command -v apt-get >/dev/null || { echo "GPAW needs libxc, a BLAS, FFTW and a C++ compiler, and there is no apt-get to install them: install them, then run GPAW_CONFIG=$(DFT_SITE) $(BIN)/pip install $(GPAW)" >&2; exit 1; }; \
		if [ "$$(id -u)" = 0 ]; then root=; elif command -v sudo >/dev/null; then root=sudo; \
		else echo "GPAW needs the packages $(DFT_LIBRARIES), and only root can install them: run apt-get install $(DFT_LIBRARIES) as root, then make dft again" >&2; exit 1; fi; \
		echo "installing $(DFT_LIBRARIES) ..."; \
		$$root apt-get -qq update && $$root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $(DFT_LIBRARIES) >/dev/null; \
	fi
	@echo "building GPAW into $(VENV), about a minute ..."
	GPAW_CONFIG=$(DFT_SITE) $(INSTALL) --no-cache-dir $(GPAW)
	@$(BIN)/python -c 'import sys, gpaw.fftw; sys.exit(not gpaw.fftw.have_fftw())' || \
		GPAW_CONFIG=$(DFT_SITE) $(INSTALL) --no-cache-dir --force-reinstall --no-deps $(firstword $(GPAW))
	$(BIN)/python -c 'import gpaw.cgpaw, gpaw.fftw, gpaw_data; assert gpaw.fftw.have_fftw(); print("GPAW", gpaw.__version__, "with FFTW and libxc", gpaw.get_libraries()["libxc"])'
	@touch $@

$(VENV)/test.stamp: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing nrrsim with its test tools into $(VENV) ..."
	$(INSTALL) --editable '.[test]'
	@touch $(VENV)/core.stamp $@
