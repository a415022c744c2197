# Habilis. `make` alone lists what can be done.

PORT ?= 8000
DATA ?= .data
T ?=
K ?=
PY := .venv/bin/python
# INVARIANT: every process of a run of tests collects the same ones, in the same order.
PYTEST_ENV = PYTHONHASHSEED=0
PYTEST = $(PYTEST_ENV) $(PY) -m pytest $(if $(K),-k "$(K)")
HABILIS = .venv/bin/habilis --data "$(DATA)"

.DEFAULT_GOAL := help
.PHONY: help setup demo run test test-fast heart agree journeys bench lint fix check messages lock clean

help:  ## This table
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PORT=8000 and DATA=.data are honoured; T=path and K=word narrow the tests"

.venv/.user: requirements.lock
	@tools/setup.sh user

.venv/.dev: requirements-dev.lock
	@tools/setup.sh dev

.venv-heart/.heart: requirements-heart.lock
	@tools/setup.sh heart

setup: .venv/.dev  ## The locked environment for development; safe to repeat

demo: .venv/.user  ## Five portals with a cast of people; prints who to log in as, then serves
	@exec $(HABILIS) demo --port $(PORT)

run: .venv/.user  ## Serves what is in DATA, with its worker
	@exec $(HABILIS) serve --port $(PORT)

test: .venv/.dev .venv-heart/.heart  ## Everything, browser journeys included
	@HABILIS_BROWSER=$$(tools/browser.sh) && export HABILIS_BROWSER && $(PYTEST) -n 2 --dist loadgroup $(T)

test-fast: .venv/.dev  ## Less than three minutes: neither slow tests nor journeys
	@$(PYTEST) -n 2 -m "not slow and not journey" $(T)

heart: .venv-heart/.heart  ## The tests of core and blueprints, where Django is not installed
	@$(PYTEST_ENV) PYTHONPATH=src .venv-heart/bin/python -m pytest $(if $(K),-k "$(K)") $(or $(T),tests/core tests/blueprints)

agree: .venv/.dev  ## Every question asked every way; EXAMPLES=5000 for a long night
	@HABILIS_EXAMPLES=$(EXAMPLES) $(PYTEST) -n 2 $(or $(T),tests/agreement)

journeys: .venv/.dev  ## Browser stories, with the accessibility scan
	@HABILIS_BROWSER=$$(tools/browser.sh) && export HABILIS_BROWSER && $(PYTEST) -m journey $(T)

bench: .venv/.dev  ## How long lists and decisions take on a large portal
	@$(PY) -m tools.bench

lint: .venv/.dev  ## Format, rules, types, arrows, dependencies
	@$(PY) -m ruff format --check . && $(PY) -m ruff check . && $(PY) -m mypy && .venv/bin/lint-imports && .venv/bin/deptry src

fix: .venv/.dev  ## Repairs what lint can repair by itself
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

check: lint test  ## What a change must pass

messages: .venv/.dev  ## Names what lacks its French, and compiles the rest
	@PYTHONPATH=src $(PY) -m habilis.faces.web.catalogue

lock:  ## Pins the packages again; UPGRADE=--upgrade takes newer ones
	@tools/lock.sh $(UPGRADE)

clean:  ## Removes the environments and caches, never the data
	rm -rf .venv .venv-heart .venv-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis
