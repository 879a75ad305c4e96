SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
# Everything happens in .venv inside this checkout. PYTHON may name another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= $(shell nproc)
# tests on a cluster mostly wait: two workers more than there are cores
WORKERS ?= 4
# ARGUMENTS are handed to Snakemake: a configuration of your own, targets, options
SNAKEMAKE := $(BIN)/snakemake $(ARGUMENTS)

.PHONY: help venv demo test test-fast test-long lint format unit benchmark dag docs docs-site clean

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
	$(SNAKEMAKE) --cores $(CORES)

PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

test: lint unit  ## lint, types and tests

SLOW := tests/test_benchmarks.py tests/provenance/test_compilation.py tests/ntuples/access/test_damaged.py

test-fast: lint  ## lint, types and unit tests: nothing that takes long, Snakemake or SLURM
	$(PYTEST) -m "not (workflow or cluster or long)" $(SLOW:%=--ignore=%)

test-long: venv  ## the tests that take longest, in half an hour
	$(PYTEST) -m long --durations 30

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

unit: venv
	$(PYTEST) -m "not long" --durations 30

format: venv  ## rewrite code to the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

benchmark: venv  ## measure speed against named peers, for 45 minutes (peers: python -m benchmarks --install-peers)
	$(BIN)/python -m benchmarks

docs: venv  ## write config/README.md and config/schema.json from the config model, and the pictures in docs/
	$(BIN)/python -m rapidmass.config.reference config
	$(BIN)/snakemake --rulegraph dot | dot -Tsvg > docs/rulegraph.svg
	$(BIN)/python docs/draw_architecture.py > docs/architecture.dot
	dot -Tsvg docs/architecture.dot > docs/architecture.svg

docs-site: venv  ## build the site of docs/ in .cache/site, without network
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open: $(CURDIR)/.cache/site/index.html"

dag: venv  ## draw rules, jobs and files as results/graphs/*.svg (needs graphviz)
	@command -v dot > /dev/null || (echo "dot is missing: run envs/install-system-packages.sh"; exit 1)
	@mkdir -p results/graphs
	$(SNAKEMAKE) --rulegraph dot | dot -Tsvg > results/graphs/rules.svg
	$(SNAKEMAKE) --dag dot | dot -Tsvg > results/graphs/jobs.svg
	$(SNAKEMAKE) --filegraph | dot -Tsvg > results/graphs/files.svg
	@echo "Drawn: $(CURDIR)/results/graphs"

clean:  ## remove every product, keep the environment
	rm -rf results resources logs .snakemake .cache
