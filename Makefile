# Every target sets up what it needs, or says what to install. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SEED ?=
ROUNDS ?= 1000
DURATION ?= 600
ARGS ?=
LINTED := Package.swift Sources Tests Fuzz/Sources $(wildcard Examples)

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## Build the release and start the broker: make run ARGS="--listen mqtt://127.0.0.1:1884"
	@scripts/setup.sh build
	swift build -c release --product martlet
	@exec .build/release/martlet serve $(ARGS)

.PHONY: test
test: ## Build for debugging and run all tests, the engine's with a store too: make test ARGS="--filter SomeTests"
	@scripts/setup.sh build
	swift build --build-tests
	swift test --skip-build $(ARGS)
	MARTLET_TEST_DURABLE=1 swift test --skip-build $(if $(ARGS),$(ARGS),--filter MQTTEngineTests)

.PHONY: release
release: ## Build the release, which is what make run starts
	@scripts/setup.sh build
	swift build -c release --product martlet
	@.build/release/martlet --version

.PHONY: deb
deb: ## A Debian package that needs no Swift, in .build-deb
	@scripts/setup.sh build deb
	swift build -c release --product martlet --static-swift-stdlib --scratch-path .build-deb/swift
	@scripts/deb.sh .build-deb/swift/release/martlet .build-deb

.PHONY: deb-test
deb-test: deb ## The package installed, upgraded and purged in a clean Debian; takes root
	@scripts/setup.sh deb-test
	@scripts/deb-test.sh .build-deb/martlet_*.deb

.PHONY: manual
manual: ## Manual pages and completions for shells, in .build/manual
	@scripts/setup.sh build
	swift build --product martlet
	@python3 scripts/manual.py

.PHONY: docs
docs: ## The libraries' documentation, in .build-docs; a broken link or a parameter without words fails
	@scripts/setup.sh build
	@mkdir -p .build-docs
	@for library in MQTTClient MQTTBroker MQTTCodec; do \
	    swift package --allow-writing-to-directory .build-docs generate-documentation --target $$library \
	        --output-path .build-docs/$$library --transform-for-static-hosting --hosting-base-path $$library \
	        --warnings-as-errors; \
	done
	@echo 'to read it: python3 -m http.server --directory .build-docs, then /MQTTClient/documentation/mqttclient'

.PHONY: alone
alone: ## What a program with the client library alone has to compile, in .build-alone; minutes at first
	@scripts/setup.sh build
	@scripts/library-alone.py --keep .build-alone

.PHONY: check
check: ## Format, syntax, links and house rules, without building anything
	@scripts/setup.sh check
	swift format lint --strict --parallel --recursive $(LINTED)
	@scripts/check-scripts.sh
	@python3 scripts/check-tree.py

.PHONY: format
format: ## Format all Swift sources in place
	@scripts/setup.sh check
	swift format --in-place --parallel --recursive $(LINTED)

.PHONY: interop
interop: ## Real clients against the debug build: make interop ARGS="-k retained"
	@scripts/setup.sh build interop
	swift build --product martlet
	swift build --package-path Examples --scratch-path .build-examples
	@scripts/interop.sh $(ARGS)

.PHONY: soak
soak: ## A client behind a bad network: a thousand faults, then ten minutes without growing: make soak SEED=7 DURATION=60, or BROKER=1883 for another broker on that port
	@scripts/setup.sh build
	swift build --build-tests
	MARTLET_SOAK=$(DURATION) $(if $(SEED),MARTLET_SEED=$(SEED)) $(if $(BROKER),MARTLET_SOAK_BROKER=$(BROKER)) swift test --skip-build --filter SoakTests

.PHONY: conformance
conformance: ## martlet conformance against the debug build and against Mosquitto: makes docs/conformance-runs.json
	@scripts/setup.sh build interop
	swift build --product martlet
	@MARTLET=$${MARTLET:-.build/debug/martlet} python3 scripts/conformance.py

.PHONY: dashboard-test
dashboard-test: ## The dashboard in a real browser: make dashboard-test ARGS="-k console"
	@scripts/setup.sh build dashboard
	swift build --product martlet
	@scripts/dashboard.sh $(ARGS)

.PHONY: operation
operation: ## Prometheus, curl, OpenAPI tools and systemd's sockets against the debug build: make operation ARGS="-k reload"
	@scripts/setup.sh build operation
	swift build --product martlet
	@scripts/operation.sh $(ARGS)

.PHONY: simulate
simulate: ## Random histories against the reference broker: make simulate SEED=7 ROUNDS=10000
	@scripts/setup.sh build
	swift build -c release --product martlet-simulate
	@.build/release/martlet-simulate $(if $(SEED),--seed $(SEED)) --rounds $(ROUNDS) $(ARGS)

.PHONY: crash
crash: ## Kill the broker again and again, and check what it promised: make crash ROUNDS=20
	@scripts/setup.sh build
	swift build --product martlet
	@python3 scripts/crash.py --rounds $(if $(filter file,$(origin ROUNDS)),20,$(ROUNDS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: release-test
release-test: ## Crashes of the release build under an allocator that overwrites what is freed
	@scripts/setup.sh build
	swift build -c release --product martlet
	@MALLOC_PERTURB_=85 GLIBC_TUNABLES=glibc.malloc.tcache_count=0 python3 scripts/crash.py --rounds 8 \
		--martlet .build/release/martlet $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: power-loss
power-loss: ## The same on a disk that forgets what was not synced: make power-loss ROUNDS=100
	@scripts/setup.sh build
	swift build --product martlet
	@echo '==> what is only written must get lost' && python3 scripts/crash.py --power-loss --durability written --expect-loss
	@echo '==> on a disk that syncs nothing, too' && python3 scripts/crash.py --power-loss --lying-disk --expect-loss
	@python3 scripts/crash.py --power-loss --rounds $(if $(filter file,$(origin ROUNDS)),20,$(ROUNDS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: attack
attack: ## Attack the broker in every way that a stranger could think of: make attack SEED=7
	@scripts/setup.sh build attack
	swift build --product martlet
	@python3 scripts/attack.py $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: fuzz
fuzz: ## Fuzz the decoders and whole connections: see CONTRIBUTING.md
	@scripts/setup.sh build fuzz
	@scripts/fuzz.sh $(ARGS)

.PHONY: costs
costs: ## Instructions and allocations of the main paths, against what they may be: make costs ARGS="--profile connect"
	@scripts/setup.sh build costs
	swift build -c release --product martlet-costs
	@scripts/costs.py $(ARGS)

.PHONY: bench
bench: ## Throughput beside Mosquitto's, as a table: see docs/performance.md
	@scripts/setup.sh build bench
	swift build -c release --product martlet
	@scripts/bench.sh $(ARGS)

.PHONY: scale
scale: ## Many clients, subscriptions, retained and queued messages, overload: make scale ARGS="retained storm"
	@scripts/setup.sh build bench
	swift build -c release --product martlet
	@scripts/scale.sh $(ARGS)

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf .build .build-* .build_*
