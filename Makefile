# Everything a developer does here. `make` alone lists it. Settings (STATE, PROFILE, ports, endpoints): tests/stack/settings.py
STACK := python3 tests/stack/stack.py
.DEFAULT_GOAL := help
.PHONY: help setup build up down status redeploy env demo replay redrive test test-rust test-stack test-e2e test-documents lint fmt doctor infra-check migrate

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make the Python environment of the embedded stack (the other targets do it when needed)
	@$(STACK) setup

build: ## compile every function
	@$(STACK) build

up: build ## start the embedded stack and deploy what changed; again: only deploy
	@$(STACK) up

down: ## stop the embedded stack, keep its data
	@$(STACK) down

status: ## what runs, where, and where it logs
	@$(STACK) status

redeploy: ## compile, and deploy what changed to the running stack
	@$(STACK) redeploy

env: ## write env files for `cargo lambda watch --env-file`, and print their paths
	@$(STACK) env

demo: ## the whole way: agent, Phoenix, event, import, rows; checks every span; stops what it started
	@python3 tests/stack/demo.py

replay: ## replay an event on the running stack: make replay EVENT=events/fanout/completed.json [FORCE=1]
	@test -n "$(EVENT)" || { echo "which event? make replay EVENT=events/…"; exit 2; }
	@$(STACK) run -- cargo run -q -p spanlift -- replay $(EVENT) $(if $(FORCE),--force)

redrive: ## send dead letters of the running stack back to their queues: make redrive [QUEUES="spanlift-import-arize …"]
	@$(STACK) run -- cargo run -q -p spanlift -- redrive $(QUEUES)

test: test-rust test-stack test-e2e ## all tests but those of the documents

test-rust: ## unit, property and snapshot tests
	cargo test --workspace

test-stack: ## tests of the embedded stack itself
	@python3 tests/stack/run_pytest.py tests/stack

test-e2e: build ## end-to-end tests on a stack of their own (with STATE and PROFILE=test of a running one: on that)
	@python3 tests/stack/run_pytest.py tests/e2e

test-documents: build ## what the documents show: snippets with the real SDKs, schemas, every file in events/ (STATE as for test-e2e)
	@python3 tests/stack/run_pytest.py tests/documents

lint: ## clippy, formatting, documentation: no warning
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

fmt: ## format
	cargo fmt --all

infra-check: ## terraform: format, validity, tests, security rules (no account needed)
	@infra/scripts/check.sh

migrate: ## bring ClickHouse up to date: CLICKHOUSE_URL, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD; see infra/scripts/migrate.py --help
	@python3 infra/scripts/migrate.py $(MIGRATE)

doctor: ## does this machine have what is needed? says which package brings what is missing
	@python3 tests/stack/doctor.py
