# Everything runs from .venv, made from the lock files in locks/ by a pinned uv that lives in .uv.
PYTHON ?= python3
PORT ?= 8000
SEED ?= 1
UV := .uv/bin/uv
BIN := .venv/bin
PYTEST_WORKERS ?= auto

.PHONY: dev demo test check format lock clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

dev: .venv/.local ## run the product: PORT=8000, SEED=0 starts empty
	@exec $(BIN)/python -m cli dev --port $(PORT) --seed $(SEED)

demo: .venv/.local ## play the whole journey over HTTP and print each step
	@$(BIN)/python -m cli demo

test: .venv/.check .venv/.browser ## every test
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(ARGS)

check: .venv/.check ## ruff, mypy --strict, import contracts, generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m cli openapi --check

format: .venv/.check ## write the format that check asks for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(UV) pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet
lock: $(UV) ## resolve again: one set of versions, one lock per function
	$(COMPILE) --group check --group infra -o locks/all.txt
	@for group in auth courses enrollments payments dashboards local check infra; do \
		$(COMPILE) --group $$group -c locks/all.txt -o locks/$$group.txt; done

clean: ## forget environments and local data
	rm -rf .venv .uv .local .cache

$(UV):
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.8

.venv/bin/python: | $(UV)
	@$(UV) venv --quiet --python $(PYTHON) .venv

.venv/.local: locks/local.txt | .venv/bin/python
	@$(UV) pip install --quiet --python .venv --require-hashes -r $<
	@touch $@

.venv/.check: locks/check.txt .venv/.local
	@$(UV) pip install --quiet --python .venv --require-hashes -r $<
	@touch $@

.venv/.browser: | .venv/.check
	@sh tests/e2e/install-browser.sh
	@touch $@
