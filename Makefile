# Everything runs from .venv, made from the lock files in locks/ by a pinned uv that lives in .uv.
PYTHON ?= python3
PORT ?= 8000
SEED ?= 1
UV := .uv/bin/uv
BIN := .venv/bin
PYTEST_WORKERS ?= auto

.PHONY: dev demo simulate test test-engines soak scale mutants check format lock clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

dev: .venv/.local ## run the product: PORT=8000, SEED=0 starts empty
	@exec $(BIN)/python -m cli dev --port $(PORT) --seed $(SEED)

demo: .venv/.local ## play the whole journey over HTTP and print each step
	@$(BIN)/python -m cli demo

# A part of the tests, named in ARGS, covers a part of the code: no floor then.
COVERAGE = $(if $(ARGS),,--cov --cov-report=term:skip-covered --cov-fail-under=95)
test: .venv/.check .venv/.browser ## every test, with the branch coverage of functions/ and shared/; ARGS= names a part
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(COVERAGE) $(ARGS)

ENGINES ?= ministack dynamodb-local
test-engines: .venv/.check .venv/.engines .cache/dynamodb-local ## every request of a purchase fails once, on two engines; FEW=1 for two minutes of it
	@PYTEST_WORKERS=$(PYTEST_WORKERS) FEW=$(FEW) sh tests/fault_injection/run.sh $(ENGINES)

N ?= 2000
simulate: .venv/.check ## N histories with the real handlers, every call a chance to fail; SEED= replays one
	@$(BIN)/python -m tests.simulation --histories $(N) $(if $(filter command environment,$(firstword $(origin SEED))),--seed $(SEED))

MINUTES ?= 30
LEARNERS ?= 20
ENGINE ?= ministack
soak: .venv/.local .venv/.engines ## MINUTES of LEARNERS buying and refunding on an ENGINE that fails; then every rupee is counted
	@$(BIN)/python -m tests.load.soak --minutes $(MINUTES) --learners $(LEARNERS) --engine $(ENGINE)

CHILDREN ?= 2
mutants: .venv/.mutants ## break the money protocol in every small way, and see that a test notices: CHILDREN at a time
	@rm -rf mutants
	@$(BIN)/python -m mutmut run --max-children $(CHILDREN)
	@$(BIN)/python -m tests.mutation_report

MOST ?= 1
scale: .venv/.local .cache/dynamodb-local ## what pages and dashboards cost at 1, 10 and 100 % of a large platform; MOST=0.1 stops there
	@$(BIN)/python -m tests.load.scale --most $(MOST)

check: .venv/.check ## ruff, mypy --strict, import contracts, generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m cli openapi --check
	$(BIN)/python -m cli errors --check
	$(BIN)/python -m cli transitions --check
	$(BIN)/python -m cli invariants-page --check
	$(BIN)/python -m infra.privileges_page --check

format: .venv/.check ## write the format that check asks for
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(UV) pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet
lock: $(UV) ## resolve again: one set of versions, one lock per function
	$(COMPILE) --group check --group infra -o locks/all.txt
	@for group in auth courses enrollments payments dashboards local check engines mutants infra; do \
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

.venv/.mutants: locks/mutants.txt .venv/.local
	@$(UV) pip install --quiet --python .venv --require-hashes -r $<
	@touch $@

.venv/.engines: locks/engines.txt .venv/.local
	@$(UV) pip install --quiet --python .venv --require-hashes -r $<
	@touch $@

# Where it cannot be fetched the tests say that they were not run on it.
.cache/dynamodb-local:
	@sh local/dynamodb/fetch-dynamodb-local.sh $@ || echo "DynamoDB Local was not fetched"

.venv/.browser: | .venv/.check
	@sh tests/e2e/install-browser.sh
	@touch $@
include infra/targets.mk
