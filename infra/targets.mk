# The deployment has its own Python environment and npm tools, so that `make dev` needs neither.
STAGE ?= dev
CDK := infra/node_modules/.bin/cdk
INFRA := .venv-infra/.made infra/node_modules/.made
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.PHONY: package synth infra-test infra-check cold-start deploy deploy-local

package: $(INFRA) ## build the packages of all functions for AWS, and print their sizes
	@.venv-infra/bin/python -m infra.packages

synth: package ## synthesize the template of STAGE (dev); fails on a finding of cdk-nag or cfn-lint
	@rm -rf cdk.out
	@$(CDK) synth --quiet --no-notices -c stage=$(STAGE)
	@.venv-infra/bin/cfn-lint cdk.out/*.template.json
	@echo "cdk.out/ contains the template of $(STAGE): no finding of cdk-nag or cfn-lint"

# Two environments: aws-cdk-lib is only in that of the CDK app, and the emulator's tools only in that of the product.
# tests/infra is named by its files, because pyproject.toml excludes the folder from mypy in the product's environment.
infra-check: $(INFRA) .venv/.check ## mypy --strict over the CDK app and its tests (80 s the first time: CDK's types are large)
	@.venv-infra/bin/mypy --strict --follow-imports silent --exclude infra/emulator \
		--disable-error-code import-untyped infra tests/infra/*.py
	@.venv/bin/mypy --strict --follow-imports silent -p infra.emulator

infra-test: infra-check ## infra-check, then the tests of the template and the packages; ARGS= selects tests
	@.venv-infra/bin/python -m pytest --confcutdir=tests/infra --timeout 900 tests/infra $(ARGS)

cold-start: $(INFRA) ## measure the instructions of each function's cold start; needs valgrind
	@.venv-infra/bin/python -m infra.cold_start

deploy: package .venv/.local ## deploy STAGE into the account of your AWS credentials: read docs/deploy.md first
	@$(CDK) deploy --all -c stage=$(STAGE)

deploy-local: $(INFRA) .venv/.local ## deploy the template into an emulator of AWS, and run the demo against it
	@.venv/bin/python -m infra.emulator

.venv-infra/.made: locks/infra.txt | $(UV)
	@test -x .venv-infra/bin/python || $(UV) venv --quiet --python $(PYTHON) .venv-infra
	@$(UV) pip install --quiet --python .venv-infra --require-hashes -r $<
	@touch $@

infra/node_modules/.made: infra/package-lock.json
	@cd infra && npm ci --silent --no-audit --no-fund
	@touch $@
