# Everything happens in .venv inside this checkout. PYTHON may name another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= $(shell nproc)

.PHONY: help venv demo test lint format unit dag config-docs clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

venv: $(VENV)/.complete  ## the environment, with every version pinned

$(VENV)/.complete: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' || \
		(echo "$(PYTHON) is not Python 3.11 or 3.12: name one with make PYTHON=..."; exit 1)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: venv  ## generate events, run the whole chain, write the report
	$(BIN)/snakemake --cores $(CORES)
	@echo "Open the report: $(CURDIR)/results/report/index.html"

test: lint unit  ## lint, types and tests

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

unit: venv
	$(BIN)/pytest --numprocesses 2 --dist loadfile

format: venv  ## rewrite code to the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

config-docs: venv  ## write config/README.md from the config model
	$(BIN)/python -m rapidmass.documentation config/README.md

dag: venv  ## draw the rule graph (needs graphviz)
	$(BIN)/snakemake --rulegraph dot | dot -Tsvg > docs/rulegraph.svg

clean:  ## remove every product, keep the environment
	rm -rf results resources logs .snakemake .cache
