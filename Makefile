# `make` alone lists what there is. CI calls the same targets as a person.
.DEFAULT_GOAL := help
.PHONY: help demo dev build bench test test-all matrix soak lint fuzz record-histories screenshots release-contracts asyncapi dashboards clean servers-installed chromium-installed

VERSION   := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
TOOLS     := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/makegood
# A tool's name in the cache says which versions, and which Go, it was built from.
tool       = $(TOOLS)/$(1)-$(shell cat tools/$(2)/go.mod tools/$(2)/go.sum 2>/dev/null | cksum | cut -d' ' -f1)-$(shell go env GOVERSION)
GOLANGCI   = $(call tool,golangci-lint,golangci)
WORKFLOWCHECK = $(call tool,workflowcheck,workflowcheck)
PROMTOOL   = $(call tool,promtool,promtool)
# The race detector needs a C compiler; nothing else does.
RACE      := $(shell command -v "$$(go env CC)" >/dev/null 2>&1 && echo -race)
FUZZTIME  ?= 20s
T         ?= 10m
SEED      ?= 0

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## five sample orders on real servers: what happens, and how each is made good
	@bin/makegood demo

dev: build ## everything on this machine, until Ctrl-C
	@bin/makegood dev

build: ## bin/makegood, one static binary
	@echo "Building bin/makegood $(VERSION) (the first time, some minutes: all its libraries)"
	@CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/makegood ./cmd/makegood

test: servers-installed chromium-installed ## all tests, on real Temporal, Redis, RabbitMQ and Chromium; installs the last three if it may
	@$(if $(RACE),,echo "No C compiler, so without the race detector: install gcc to have it")
	@echo "Testing the packages$(if $(RACE), under the race detector)"
	@go test $(RACE) -timeout 15m $$(go list ./... | grep -v '^makegood/tests/')
	@echo "Testing the whole system, one package at a time: each has its own servers (some 20 minutes on 2 cores)"
	@go test -p 1 -timeout 15m ./tests/...

test-all: test ## and all that takes longer: everything under the race detector, repeated, and every fuzz target
	@echo "Testing the whole system again$(if $(RACE), under the race detector), the long tests in full"
	@MAKEGOOD_LONG=1 go test $(RACE) -p 1 -timeout 60m -count 1 ./tests/...
	@echo "Comparing orders while the broker is away with those before, without the race detector, which would be measured too (some 5 minutes)"
	@MAKEGOOD_LONG=1 go test -timeout 60m -count 1 ./tests/notify -run '^TestOrdersGoOnAsFastWhateverTheBrokerDoes$$'
	@echo "Playing 10,000 random sequences of calls to the stock on miniredis, on one Redis and on a cluster (some 14 minutes on 2 cores)"
	@go test -timeout 60m -count 1 ./inventory -run '^TestRandomInterleavingsKeepTheBooks$$' -rapid.checks 10000
	@echo "Making each known mistake in the stock's scripts, and having the tests find it (some 8 minutes)"
	@MAKEGOOD_LONG=1 go test -v -timeout 60m -count 1 ./inventory -run '^TestMutantsAreCaught$$'
	@tools/install-servers postgresql
	@echo "Starting Temporal on PostgreSQL (the first time, some minutes: the server is built)"
	@MAKEGOOD_LONG=1 go test $(RACE) -timeout 30m -count 1 ./servers -run 'PostgreSQL$$'
	@echo "Repeating the tests of the API"
	@go test $(RACE) -timeout 60m -count 3 ./tests/api
	@echo "What every transport promises, twenty times (some 33 minutes)"
	@go test $(RACE) -timeout 90m -count 20 ./tests/conformance
	@$(MAKE) --no-print-directory fuzz

bench: servers-installed build ## orders beside the least that a workflow costs, and beside the usual saga; plots in bin/bench.html
	@bin/makegood bench --html bin/bench.html
	@echo "The page with plots: bin/bench.html"

matrix: servers-installed ## every way a step can fail against every way its undoing can go; prints the table
	@echo "Playing the failure matrix on real servers (some minutes); all of it is in bin/matrix.log"
	@mkdir -p bin && go test -v -count 1 -timeout 15m ./tests/matrix >bin/matrix.log 2>&1; passed=$$?; \
		sed -n '/^| charge |/,/^=== RUN/{/^=== RUN/d;p;}' bin/matrix.log; grep -e '^ *--- FAIL' bin/matrix.log; exit $$passed

soak: servers-installed ## everything fails at random for T (10m), then the books must be right; SEED repeats a plan
	@go test -v -count 1 -timeout 0 ./tests/soak -run '^TestSoak$$' -length $(T) -seed $(SEED)

lint: $(GOLANGCI) $(WORKFLOWCHECK) $(PROMTOOL) ## style, one-way imports, determinism, contracts, alerts, dashboards, and the Helm chart
	@echo "Linting"
	@$(GOLANGCI) run ./...
	@echo "Checking that the workflows are deterministic"
	@$(WORKFLOWCHECK) -config tools/workflowcheck/config.yml ./workflows/... ./audit/...
	@echo "Comparing the contracts of events with the released ones"
	@go run ./tools/contracts check
	@echo "Linting and rendering the Helm chart, and starting each role as in its pod (the first time, some 2 minutes on 2 cores: Helm is built)"
	@cd tools/chart && GOWORK=off $(GOLANGCI) run --config ../../.golangci.yml ./...
	@cd tools/chart && GOWORK=off go test -count 1 .
	@echo "Checking and testing the rules of Prometheus, and that the dashboards are those of tools/dashboards"
	@$(PROMTOOL) check config deploy/prometheus/prometheus.yml
	@$(PROMTOOL) check rules --lint=all --lint-fatal deploy/prometheus/rules/*.yml
	@$(PROMTOOL) test rules deploy/prometheus/tests/*.yml
	@go run ./tools/dashboards check

fuzz: ## every fuzz target for FUZZTIME (20s)
	@for file in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "Fuzzing $$target of $$(dirname $$file) for $(FUZZTIME)"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$(dirname $$file) || exit 1; \
		done; \
	done

record-histories: servers-installed ## new replay histories; CONTRIBUTING says when
	@echo "Recording histories into tests/replay/histories"
	@go test -count 1 -timeout 15m ./tests/e2e -run '^TestScenarios$$' -record
	@go test -count 1 -timeout 15m ./tests/matrix -run '^TestMatrix$$' -record
	@go test -count 1 -timeout 15m ./tests/faults -run '^TestTheListTells' -record

screenshots: servers-installed chromium-installed ## the pictures of docs/img anew, from real orders in a real Chromium
	@echo "Taking the pictures of the Web UI and of the console into docs/img"
	@go test -count 1 -timeout 10m ./tests/screenshots -update
	@go test -count 1 -timeout 10m ./tests/console -run '^TestScreenshots$$' -shots $(CURDIR)/docs/img

release-contracts: ## the contracts of events become the released ones; CONTRIBUTING says when
	@go run ./tools/contracts release

asyncapi: ## events/contracts/asyncapi.json anew, from the contracts and the topology
	@go test -count 1 ./events/asyncapi -run '^TestTheCommittedDocumentIsTheGeneratedOne$$' -write

dashboards: ## deploy/grafana/dashboards anew, from tools/dashboards
	@go run ./tools/dashboards

clean: ## remove what was built here; the tools in the cache folder stay
	@rm -rf bin

servers-installed:
	@tools/install-servers

chromium-installed:
	@tools/install-servers chromium

$(TOOLS)/golangci-lint-%:
	@$(call build-tool,golangci,github.com/golangci/golangci-lint/v2/cmd/golangci-lint)

$(TOOLS)/workflowcheck-%:
	@$(call build-tool,workflowcheck,go.temporal.io/sdk/contrib/tools/workflowcheck)

# Without the ways to discover targets, which are most of its libraries.
$(TOOLS)/promtool-%: export GOFLAGS = -tags=remove_all_sd
$(TOOLS)/promtool-%:
	@$(call build-tool,promtool,github.com/prometheus/prometheus/cmd/promtool)

# build-tool MODULE,PACKAGE builds the pinned tool once. The dots show that it is alive.
define build-tool
echo "Building $(notdir $(2)), once (pinned in tools/$(1)/go.mod; some minutes on 2 cores) into $@"
mkdir -p $(TOOLS)
cd tools/$(1) && CGO_ENABLED=0 GOWORK=off go build -v -trimpath -buildvcs=false -ldflags "-s -w" -o $@.unfinished $(2) 2>&1 | \
	awk '/^(package|go: .*(rror|cannot))|:[0-9]+:[0-9]+:/ { print; next } NR % 50 == 0 { printf "."; fflush() } END { print "" }'
mv $@.unfinished $@
endef
