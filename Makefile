# The two commands of a newcomer are `make run` and `make test`. They need git, make and Python ≥ 3.11 with venv; nothing else runs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-all lint coverage mutants texts pictures requirements installs clean

PORT ?= 8000
export PORT
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
hash = $(shell sha256sum $(1) | cut -c1-16)
RUN_STAMP := .venv/.run-$(call hash,requirements.txt)
DEV_STAMP := .venv/.dev-$(call hash,requirements-dev.txt)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
JOBS ?= 2
# Checks and tests keep to themselves: their own server, no .env.
PURE := tests/foundation $(wildcard tests/*/*/domain)
OWN := GROVE_ENV_FILE=no VAR_DIR=$(CURDIR)/var/test

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: $(RUN_STAMP) ## start Grove on PORT (8000), with a demo brand when the database is empty
	@exec $(BIN)/python -m config.run

ifndef SEED
SEED := $(shell date +%s)
endif
PYTEST := $(BIN)/python -m pytest -q -n $(JOBS) -p randomly --randomly-seed=$(SEED)
# What another server may decide otherwise: the broker and the cache (journeys), who waits for whom and who is stopped (locks).
BY_SERVER := tests/journeys $(addprefix tests/races/test_,$(addsuffix .py,bindings deadlocks folding money moves payouts plans))
test: lint coverage ## all that CI checks: lint, all tests but the heavy ones, then journeys and locks on the distribution's PostgreSQL and Redis
	@$(OWN) $(PYTEST) -m "not heavy" $(addprefix --ignore=,$(PURE))
	@$(OWN) tests/services.sh $(PYTEST) -m "not heavy" $(BY_SERVER)

test-all: lint coverage ## every test, the heavy ones too, and all races and journeys on the distribution's PostgreSQL and Redis
	@$(OWN) $(PYTEST) $(addprefix --ignore=,$(PURE))
	@$(OWN) tests/services.sh $(PYTEST) tests/races tests/journeys

# Pure tests, with no database; the drawn examples are the same in every run, so that what is covered is too.
DOMAIN := $(OWN) DATABASE_URL=postgresql://none/none
coverage: $(DEV_STAMP) ## the tests of every domain, which reach every branch of commissions' or fail
	@echo "Tests in the random order of SEED=$(SEED)"
	@$(DOMAIN) $(PYTEST) --hypothesis-profile=ci --cov -- $(PURE)

mutants: $(DEV_STAMP) ## spoil the code that decides money in thousands of ways and see which the tests miss (an hour; docs/mutants.md)
	@$(DOMAIN) $(BIN)/mutmut run --max-children $(JOBS)

lint: $(DEV_STAMP) ## ruff and its formatter, import-linter, mypy, missing migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/lint-imports --no-logo
	$(OWN) DATABASE_URL=postgresql://none/none $(BIN)/mypy
	$(OWN) $(BIN)/python manage.py makemigrations --check --dry-run

texts: $(DEV_STAMP) ## collect what people read into the catalogue, and compile it; translations are written there
	$(DOMAIN) $(BIN)/python -m config.texts

pictures: $(DEV_STAMP) ## take the pictures of docs/ again, of a server of their own with the demo brand (needs Chromium)
	@$(OWN) $(BIN)/python manage.py shell --no-imports -c 'from tests.support.browsing.doc_pictures import main; main()'

# Extras stay, or an old pip takes `coverage[toml]` for a package without a version; one version serves every Python, or people see different admins.
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --universal --no-header --no-strip-extras --fork-strategy fewest
requirements: $(DEV_STAMP) ## compile requirements*.in, with hashes
	$(COMPILE) -o requirements.txt requirements.in
	$(COMPILE) -o requirements-dev.txt requirements-dev.in

installs: ## can both lists be installed by the pip that each Python from 3.11 to 3.13 on this machine brings?
	@.ci/installs

clean: ## forget the installed packages and all local data
	rm -rf .venv var

.venv/bin/pip:
	@if [ -z "$(PYTHON)" ]; then echo "Grove needs Python 3.11 or newer. Debian, Ubuntu: sudo apt install python3 python3-venv" >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then echo "Grove needs the package python3-venv: sudo apt install python3-venv" >&2; exit 1; fi
	@echo "Making .venv …"
	@$(PYTHON) -m venv --clear .venv

$(RUN_STAMP): | .venv/bin/pip
	@echo "Installing packages …"
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV_STAMP): | $(RUN_STAMP)
	@echo "Installing packages for development …"
	@$(PIP) -r requirements-dev.txt
	@touch $@
