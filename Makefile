# Every target runs from .venv, which a pinned uv (in .uv) installs from the lock files in locks/.
PYTHON ?= python3
PORT ?= 8000
SEED ?= 1
UV := .uv/bin/uv
BIN := .venv/bin
PYTEST_WORKERS ?= auto

.PHONY: help dev demo simulate test test-engines soak http-histories scale sale-day mutants screenshots check format lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

dev: .venv/.local ## run the product on this machine; PORT=8000, SEED=0 starts without demo data
	@exec $(BIN)/python -m cli dev --port $(PORT) --seed $(SEED)

demo: .venv/.local ## run the end-to-end scenarios over HTTP and check each step
	@$(BIN)/python -m cli demo

# Coverage is measured where the code is called from threads only: to follow the greenlets of the simulation and the browser
# takes half again as long for every test. With ARGS only some tests run, which cover only some code: none is measured then.
UNMEASURED := tests/e2e tests/load tests/simulation
test: .venv/.check .venv/.browser ## run every test and measure branch coverage; ARGS= selects tests
ifdef ARGS
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(ARGS)
else
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(UNMEASURED:%=--ignore=%) --cov --cov-report=term:skip-covered --cov-fail-under=98
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) $(UNMEASURED)
endif

ENGINES ?= ministack dynamodb-local
test-engines: .venv/.check .venv/.engines .cache/dynamodb-local ## fail every database request of a purchase once, on two engines; FEW=1 takes two minutes
	@PYTEST_WORKERS=$(PYTEST_WORKERS) FEW=$(FEW) sh tests/fault_injection/run.sh $(ENGINES)

N ?= 2000
simulate: .venv/.check ## run N random histories in which any call may fail, and find planted bugs; SEED= replays one
	@$(BIN)/python -m tests.simulation --histories $(N) $(if $(filter command environment,$(firstword $(origin SEED))),--seed $(SEED))

MINUTES ?= 30
LEARNERS ?= 20
ENGINE ?= ministack
soak: .venv/.local .venv/.engines ## LEARNERS buy for MINUTES on an ENGINE that fails; then compare the ledgers
	@$(BIN)/python -m tests.load.soak --minutes $(MINUTES) --learners $(LEARNERS) --engine $(ENGINE)

# N has a default for `make simulate`: only a number that was given counts here.
http-histories: .venv/.local ## play N=200 random histories over HTTP, kill and restart the product, lose messages for good; SEED= repeats a run
	@$(BIN)/python -m tests.load.http_histories $(if $(filter command environment,$(firstword $(origin N))),--histories $(N)) $(if $(filter command environment,$(firstword $(origin SEED))),$(if $(SEED),--seed $(SEED))) $(ARGS)

CHILDREN ?= 2
MUTANTS ?=
mutants: .venv/.mutants ## mutation testing of the code that writes money; MUTANTS='shared.db.audit.*' measures one file
	$(if $(MUTANTS),,@rm -rf mutants)
	@$(BIN)/python -m tests.mutation_run run --max-children $(CHILDREN) $(foreach each,$(MUTANTS),'$(each)')
	@$(BIN)/python -m tests.mutation_report

MAX_SHARE ?= 1
scale: .venv/.local .cache/dynamodb-local ## measure pages and dashboards at 1, 10 and 100 % of a large platform; MAX_SHARE=0.1 stops at 10 %
	@$(BIN)/python -m tests.load.scale --max-share $(MAX_SHARE)

sale-day: .venv/.check ## play 100,000 orders in six hours on a virtual clock; measure the waits of learners whose messages were lost
	@$(BIN)/python -m tests.load.sale_day $(ARGS)

screenshots: .venv/.check .venv/.browser ## take the pictures of the README from a running product
	@$(BIN)/python -m tests.e2e.screenshots

check: .venv/.check ## lint, check types and import contracts, compare generated documents with the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m cli openapi --check
	$(BIN)/python -m cli errors --check
	$(BIN)/python -m cli transitions --check
	$(BIN)/python -m cli invariants-page --check
	$(BIN)/python -m infra.privileges_page --check

format: .venv/.check ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

COMPILE = $(UV) pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet
lock: $(UV) ## resolve the dependencies again, with hashes, one lock per function
	$(COMPILE) --group check --group infra -o locks/all.txt
	@for group in auth courses enrollments payments dashboards local check engines mutants infra; do \
		$(COMPILE) --group $$group -c locks/all.txt -o locks/$$group.txt; done

clean: ## delete environments, caches and local data
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

# If it cannot be fetched, the tests report that they were not run on it.
.cache/dynamodb-local:
	@sh local/dynamodb/fetch-dynamodb-local.sh $@ || echo "DynamoDB Local was not fetched"

.venv/.browser: | .venv/.check
	@sh tests/e2e/install-browser.sh
	@touch $@
include infra/targets.mk
