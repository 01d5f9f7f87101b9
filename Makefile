# Everything a developer does here. `make` alone lists it. Settings (STATE, PROFILE, ports, endpoints): stack/settings.py
PYTHON = $(or $(shell command -v python3 2>/dev/null),$(error python3 is not there. Debian, Ubuntu: apt-get install python3 python3-venv))
CARGO = $(or $(shell command -v cargo 2>/dev/null),$(error cargo is not there. rustup brings it: https://rustup.rs))
STACK = $(PYTHON) stack/command.py
.DEFAULT_GOAL := help
.PHONY: help setup build up down status redeploy env cargo-lambda demo replay redrive test test-rust test-stack test-e2e test-documents memory bench chaos soak guards worlds cost fuzz deny lint fmt doctor infra-check migrate sdks

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make the Python environment of the embedded stack (the other targets do it when needed)
	@$(STACK) setup

build: ## compile every function
	@$(STACK) build

up: build ## start the embedded stack and deploy what changed; again: only deploy
	@$(STACK) up

down: ## stop all that was started for the embedded stack, keep its data
	@$(STACK) down

status: ## what runs, where, and where it logs
	@$(STACK) status

redeploy: ## compile, and deploy what changed to the running stack
	@$(STACK) redeploy

env: ## where the file is that `make up` writes for `cargo lambda watch --env-file`
	@$(STACK) env

cargo-lambda: ## get cargo-lambda, and print its folder: PATH="$(make -s cargo-lambda):$PATH"
	@$(STACK) cargo-lambda

demo: ## the whole way: agent, Phoenix, event, import, rows; checks every span; stops what it started
	@$(PYTHON) stack/demo.py

replay: ## replay an event on the running stack: make replay EVENT=events/fanout/completed.json [FORCE=1]
	@test -n "$(EVENT)" || { echo "which event? make replay EVENT=events/…"; exit 2; }
	@$(STACK) spanlift replay $(EVENT) $(if $(FORCE),--force)

redrive: ## send dead letters of the running stack back to their queues: make redrive [QUEUES="spanlift-import-arize …"]
	@$(STACK) spanlift redrive $(QUEUES)

test: test-rust build ## all tests; but for Rust's in parts that run side by side, each with a stack of its own
	@$(PYTHON) stack/run_side_by_side.py

test-rust: ## unit, property and snapshot tests
	$(CARGO) test --workspace

test-stack: ## tests of the embedded stack itself
	@$(PYTHON) stack/run_pytest.py tests/stack

test-e2e: build ## end-to-end tests on a stack of their own (with STATE and PROFILE=test of a running one: on that)
	@$(PYTHON) stack/run_pytest.py tests/e2e

test-documents: build ## what the documents show: commands, snippets, schemas, every file in events/ (STATE as for test-e2e)
	@$(PYTHON) stack/run_pytest.py tests/documents

memory: ## the most memory that each importer takes, release binaries, on answers made to fill it
	$(CARGO) build --release --bins -p fanout -p arize -p langfuse -p langsmith -p stand-in-langfuse -p stand-in-langsmith
	@BINARIES=$(or $(CARGO_TARGET_DIR),target)/release $(PYTHON) stack/run_pytest.py tests/memory -s

bench: ## what an import costs, against the least that could bring its rows; release binaries: make bench [BENCH="floor start" PUBLISH=1]
	$(CARGO) build --release --bins -p fanout -p arize -p langfuse -p langsmith -p hello-world -p one-core
	@BINARIES=$(or $(CARGO_TARGET_DIR),target)/release PUBLISH=$(PUBLISH) $(PYTHON) tests/bench/run.py $(BENCH)

chaos: ## hostile platforms, SIGKILL at every call, a store that dies, a storm; release binaries, 20 minutes: make chaos [CHAOS="wires kills store storm"]
	$(CARGO) build --release --bins -p fanout -p arize -p langfuse -p langsmith -p stand-in-langfuse -p stand-in-langsmith
	@BINARIES=$(or $(CARGO_TARGET_DIR),target)/release $(PYTHON) tests/chaos/run.py $(CHAOS)

soak: ## 20,000 fault schedules a provider, in virtual time, against the oracle of worlds: make soak [SOAK="--provider arize --seed 7"]
	$(CARGO) run --profile soak -p soak -- $(or $(SOAK),--schedules 20000)

guards: ## each guard switched off in a copy of the tree: the fault schedules must notice it: make guards [GUARDS="lease token"]
	@CARGO=$(CARGO) $(PYTHON) tests/soak/guards.py $(GUARDS)

worlds: ## 300 generated worlds a provider on stand-ins and some on a real Phoenix, against an oracle: make worlds [WORLDS="--provider arize --seed 7"]
	@$(PYTHON) tests/worlds/run.py $(WORLDS)

cost: ## write the tables of docs/COST.md: what imports cost and how long a burst takes, in virtual time; minutes
	$(CARGO) run --profile soak -p cost

fuzz: ## every decoder on changed answers of real platforms, a minute each, through whole imports: make fuzz [TIME=60 TARGETS=event,job]
	@TIME=$(TIME) TARGETS=$(TARGETS) $(PYTHON) fuzz/run.py

sdks: ## record one conversation an SDK by its real packages, and what each platform makes of it; minutes, Node.js, LANGFUSE_SOURCE: make sdks [SDKS="pipecat"]
	@$(PYTHON) tests/sdks/record.py $(SDKS)

deny: ## licences, sources and versions of all dependencies, by deny.toml; advisories are looked up by the GitHub workflow
	@$(CARGO) fetch --locked --quiet
	@$(PYTHON) stack/cargo_tool.py deny --offline check --deny warnings bans licenses sources

lint: ## clippy, formatting, documentation: no warning
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet

fmt: ## format
	$(CARGO) fmt --all

infra-check: ## terraform: format, validity, tests, security rules (no account needed)
	@infra/scripts/check.sh

migrate: ## bring ClickHouse up to date: CLICKHOUSE_URL, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD; see infra/scripts/migrate.py --help
	@$(PYTHON) infra/scripts/migrate.py $(MIGRATE)

doctor: ## does this machine have what is needed? says which package brings what is missing
	@$(PYTHON) stack/doctor.py
