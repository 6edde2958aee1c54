# The deployment: its own Python environment and npm's tools, so that `make dev` needs neither.
STAGE ?= dev
CDK := infra/node_modules/.bin/cdk
INFRA := .venv-infra/.made infra/node_modules/.made
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.PHONY: package synth infra-test infra-check cold-start deploy deploy-local

package: $(INFRA) ## the functions' packages for AWS, with their sizes
	@.venv-infra/bin/python -m infra.packages

synth: package ## the template of STAGE (dev), held to cdk-nag and cfn-lint
	@rm -rf cdk.out
	@$(CDK) synth --quiet --no-notices -c stage=$(STAGE)
	@.venv-infra/bin/cfn-lint cdk.out/*.template.json
	@echo "cdk.out/ holds the template of $(STAGE): no finding of cdk-nag, none of cfn-lint"

infra-test: $(INFRA) ## the tests of template and packages
	@.venv-infra/bin/python -m pytest --confcutdir=tests/infra --timeout 900 tests/infra $(ARGS)

cold-start: $(INFRA) ## what starting each function costs, in instructions
	@.venv-infra/bin/python -m infra.cold_start

# Two environments: what speaks CDK has one, what drives the emulator lives in that of the product.
infra-check: $(INFRA) .venv/.check ## mypy --strict over the deployment (minutes the first time: CDK's types are large)
	@.venv-infra/bin/mypy --strict -p infra --exclude infra/emulator --disable-error-code import-untyped
	@.venv/bin/mypy --strict -p infra.emulator

deploy: package .venv/.local ## deploy STAGE into the account of your AWS credentials: read docs/deploy.md first
	@$(CDK) deploy --all -c stage=$(STAGE)

deploy-local: $(INFRA) .venv/.local ## deploy the template into an emulator of AWS and play the journey against it
	@.venv/bin/python -m infra.emulator

.venv-infra/.made: locks/infra.txt | $(UV)
	@test -x .venv-infra/bin/python || $(UV) venv --quiet --python $(PYTHON) .venv-infra
	@$(UV) pip install --quiet --python .venv-infra --require-hashes -r $<
	@touch $@

infra/node_modules/.made: infra/package-lock.json
	@cd infra && npm ci --silent --no-audit --no-fund
	@touch $@
