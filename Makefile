# Every target is a line that you could type yourself. `make help` lists them.
# Set-up is done once, by whichever target needs it first: with uv when it is installed,
# with Python's own venv and pip when it is not.

STUDY   ?= NCT05718544
PYTHON  ?= python3
WORKERS ?= 2
BIN     := .venv/bin
READY   := .venv/.ready
# One version of a package for every Python: numbers and types are then the same on all of them.
LOCK    := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
           --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header
# All but `embedding`, whose package asks for torch.
EXTRAS  := --extra docx --extra postgres --extra ray --extra registry

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup rehearse calibrate check test test-all validate validation-page characteristics peers docs benchmark lock release-notes clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY)  ## make .venv with everything that the other targets need

rehearse: $(READY)  ## rehearse STUDY (NCT05718544) on virtual patients into build/rehearsal
	@rm -rf build/rehearsal
	$(BIN)/equipoise rehearse $(STUDY) --out build/rehearsal

calibrate: $(READY)  ## compare many rehearsals with what was published, figure by figure
	$(BIN)/python benchmarks/calibrate.py

check: $(READY)  ## lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: $(READY)  ## the tests, without the slow ones
	$(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not slow"

test-all: $(READY)  ## all tests, and a wider search by Hypothesis
	HYPOTHESIS_PROFILE=search $(BIN)/pytest -n $(WORKERS) --dist loadfile

peers: $(READY)  ## add the packages we compare with: one needs a C compiler, one is large
	$(BIN)/uv pip install --python $(BIN)/python opentiva==1.1.2 jax==0.10.2

docs: $(READY)  ## build the documentation into build/docs; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -n -q -b html docs build/docs
	@echo "The first page is build/docs/index.html"

validate: $(READY)  ## compare every method with reference values and published trials
	$(BIN)/python benchmarks/validate.py

validation-page: $(READY)  ## the same, and write it to docs/validation.md
	$(BIN)/python benchmarks/validate.py --write

characteristics: $(READY)  ## how often intervals cover and tests reject: docs/coverage-*.svg (slow)
	$(BIN)/python benchmarks/operating_characteristics.py

benchmark: $(READY)  ## run every script of benchmarks/
	for script in benchmarks/bench_*.py; do $(BIN)/python "$$script" || exit 1; done

lock: $(READY)  ## write the lock files again, keeping the versions that still fit
	$(LOCK) pyproject.toml --output-file requirements.lock
	$(LOCK) pyproject.toml $(EXTRAS) --group dev --output-file requirements-dev.lock

release-notes: $(READY)  ## show the notes of the next release
	$(BIN)/towncrier build --draft --version next

clean:  ## remove what the targets made, but not .venv
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -prune -exec rm -rf {} +

# --- set-up -------------------------------------------------------------------------------------

ifneq ($(shell command -v uv),)
INSTALL := uv pip install --quiet --python $(BIN)/python
$(BIN)/python:
	uv venv --quiet --seed .venv
else
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "$(PYTHON) is not Python 3.11, 3.12 or 3.13: run make with PYTHON=python3.12, say." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make a virtual environment: install Debian's python3-venv (apt-get install python3-venv) or uv." >&2; exit 2; }
	$(PYTHON) -m venv .venv
endif

$(READY): pyproject.toml requirements-dev.lock | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@
