# The only door: what a developer types is what CI runs. `make help` prints this list from the file.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
ARGS ?=
WORKERS ?= 2
UV_VERSION := 0.13.8
UV := .tools/bin/uv
STAMP := .venv/.installed
VENV := .venv/bin
PY := $(VENV)/python
PYTEST := $(PY) -m pytest
CHECKED := libs services deploy scripts tests

## Run

run: $(STAMP) ## start everything here, make a first picture, stay in the foreground (Ctrl-C stops it all)
	@$(PY) -m deploy.local run

up: $(STAMP) ## the same in the background; returns when it is ready
	@$(PY) -m deploy.local up

down: $(STAMP) ## stop what runs
	@$(PY) -m deploy.local down

status: $(STAMP) ## what runs, its address and key
	@$(PY) -m deploy.local status || test $$? = 3

migrate: $(STAMP) ## bring the database of STUDIO_POSTGRES_DSN to the present schema
	@$(PY) -m libs.common.db.migrate

verify: $(STAMP) ## prove the invariants on the running stack, read-only; ARGS= goes to it
	@$(PY) -m scripts.verify $(ARGS)

dead: $(STAMP) ## messages no reader could handle: make dead ARGS="list", "replay 7", "replay --all", "discard 7"
	@$(PY) -m scripts.dead $(or $(ARGS),list)

bench: $(STAMP) ## measure overhead and throughput against the bare chain; writes docs/benchmarks.md
	@$(PY) -m scripts.bench $(ARGS)

## Change

fmt: $(STAMP) ## format and make the safe fixes
	@$(VENV)/ruff check --fix --quiet . || true
	@$(VENV)/ruff format .

gallery: $(STAMP) ## paint docs/gallery anew with the offline engine
	@$(PY) -m scripts.gallery

quality: $(STAMP) ## measure the offline engine on real photographs; writes docs/quality
	@$(PY) -m scripts.quality $(ARGS)

filters: $(STAMP) ## train the enlarging filters anew on the free photographs (about a minute)
	@OPENBLAS_NUM_THREADS=1 $(PY) -m scripts.quality.train_filters

gen: $(STAMP) ## write the generated documents and catalogues
	@$(PY) -m scripts.gen

## Prove; ARGS= goes to pytest

check: $(STAMP) ## format, lint, types, import contracts, house rules, generated files fresh
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy --strict $(CHECKED)
	@$(VENV)/lint-imports
	@$(PYTEST) -q tests/tidy
	@$(PY) -m scripts.gen --check

unit: $(STAMP) ## pure code; no sockets
	@$(PYTEST) -q tests/unit $(ARGS)

contracts: $(STAMP) ## golden bodies, recorded replies, one suite for every provider
	@$(PYTEST) -q -n $(WORKERS) --dist loadscope tests/contracts $(ARGS)

integration: $(STAMP) ## real servers, real commits
	@$(PYTEST) -q -n $(WORKERS) --dist loadfile tests/integration $(ARGS)

faults-short: $(STAMP) ## a kill at each step of a job's life, few seeds
	@$(PYTEST) -q tests/faults -m "not long" $(ARGS)

faults: $(STAMP) ## the same at length: 300 jobs under random kills
	@$(PYTEST) -q tests/faults $(ARGS)

e2e: $(STAMP) ## whole journeys over HTTP
	@$(PYTEST) -q -n $(WORKERS) --dist loadfile tests/e2e $(ARGS)

test: check unit contracts integration faults-short e2e ## everything that must pass; starts its own servers

## House

install: $(STAMP) ## what every other target does first: .venv from uv.lock

$(STAMP): uv.lock pyproject.toml | $(UV)
	@echo "Installing (first time: about a minute and 600 MB)"
	@$(UV) sync --frozen --all-extras --all-groups --python $(PYTHON)
	@touch $@

$(UV):
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python 3.11 or newer is needed; $(PYTHON) is {v[0]}.{v[1]}. Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Fetching uv $(UV_VERSION)"
	@$(PYTHON) -m venv .tools
	@.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

clean: ## remove what was installed; STUDIO_HOME is kept
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^## / { printf "\n%s\n", substr($$0, 4) } \
		/^[a-z0-9-]+:.*## / { printf "  \033[36m%-13s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run up down status migrate verify dead bench gallery quality filters fmt gen check unit contracts integration faults-short faults e2e test \
	install clean help
