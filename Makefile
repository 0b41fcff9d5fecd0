# Everything runs in one virtual environment with the pinned set of constraints.txt.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --only-binary=:all: --constraint constraints.txt

export MPLBACKEND := Agg

.PHONY: demo test lint bench docs figure clean

demo: $(STAMP)  ## so(1,3) ⊕ R from the shipped jets, with an algebra card in report/
	@$(BIN)/physym discover lorentz datasets/pythia_toptag/sample.h5 --out report

test: $(STAMP)  ## the whole suite, doctests and examples included
	@$(BIN)/python -m pytest

lint: $(STAMP)  ## style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict physym

bench: $(STAMP)  ## one table, ours and the baselines measured in the same run, and the figures of the README
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.readme

docs: $(STAMP)  ## the documentation as a site in site/
	@$(PIP) --no-build-isolation --editable '.[docs]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

figure: demo  ## the figure of the README
	@cp report/algebra.png docs/figures/lorentz.png

clean:  ## remove what the targets above made
	rm -rf $(VENV) report site figures dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "physym needs Python 3.11 or newer; %s is %s. Name another one: make $(or $(MAKECMDGOALS),demo) PYTHON=python3.12" % (sys.executable, sys.version.split()[0]))'
	@echo "Installing the pinned set into $(VENV) (once; a few minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) hatchling
	@$(PIP) --no-build-isolation --editable '.[hep,test]'
	@touch $@
