# What a developer and CI run. `make` lists it.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Tools are compiled once by the module proxy's pinned versions and kept here, outside the clone. The
# name of each holds its version, so that raising a version here is all that an upgrade takes.
TOOLS         ?= $(HOME)/.cache/faultline/tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint@v2.15.0
GOFUMPT       := $(TOOLS)/gofumpt@v0.12.0
BENCHSTAT     := $(TOOLS)/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

# The version stands in the file VERSION. A build from a git clone adds the commit, and says so when
# the tree holds changes: the run id on every report rests on it.
COMMIT  := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
DIRTY   := $(if $(COMMIT),$(if $(shell git status --porcelain 2>/dev/null),.dirty))
VERSION := $(shell cat VERSION)$(if $(COMMIT),+g$(COMMIT)$(DIRTY))

FUZZ_SECONDS      ?= 120
FUZZ_LONG_SECONDS ?= 3600

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: demo
demo: build ## build Faultline and write the report of the embedded case nov2025
	@bin/faultline report --pack nov2025

.PHONY: build
build: deps ## build bin/faultline
	@go build -trimpath -buildvcs=false -ldflags '-s -w -X faultline.Version=$(VERSION)' -o bin/faultline ./cmd/faultline

.PHONY: deps
deps: ## install what the build needs and the machine lacks
	@.ci/deps

# Where property tests start; .ci/gotest says why.
SEED ?= 20251120

.PHONY: test
test: deps ## every test
	@.ci/gotest $(SEED) -- ./...

.PHONY: seek
seek: deps ## property tests from another seed, on CHECKS (2000) new cases
	@CHECKS=$${CHECKS:-2000} .ci/gotest $$RANDOM$$RANDOM -count=1 -timeout 2h -- ./...

# They are found, not listed: whoever starts a goroutine or guards state that several may touch. A value
# computed once (sync.OnceValue) is not meant.
.PHONY: race
race: deps ## the race detector on the packages with goroutines
	@.ci/gotest $(SEED) -race -short -- $$(git grep -lE 'sync\.(Mutex|RWMutex|WaitGroup|Cond|Map|Pool)\b|sync/atomic|golang.org/x/sync/|^[[:space:]]*go [A-Za-z_.]+\(' -- '*.go' | \
		sed -E 's,^([^/]*)$$,./\1,; s,/[^/]*$$,,; s,^([^.]),./\1,' | sort -u)

.PHONY: fuzz
fuzz: deps ## every fuzz target, FUZZ_SECONDS (120) shared among them
	@.ci/fuzz $(FUZZ_SECONDS)

.PHONY: fuzz-long
fuzz-long: deps ## the same for FUZZ_LONG_SECONDS (3600)
	@.ci/fuzz $(FUZZ_LONG_SECONDS)

.PHONY: proof
proof: deps ## the long sweeps that CI only samples
	@FAULTLINE_PROOF=1 go test -count=1 -timeout 6h ./...

.PHONY: bench
bench: deps $(BENCHSTAT) ## Go benchmarks, then the peers below bench/
	@mkdir -p out
	@go test -run '^$$' -bench . -benchmem -count 3 ./... | tee out/bench.txt
	@$(BENCHSTAT) out/bench.txt
	@.ci/peers
	@for peer in bench/*/run.sh; do [ ! -e "$$peer" ] || (echo "== $$peer" && bash "$$peer"); done

.PHONY: lint
lint: deps $(GOLANGCI_LINT) ## golangci-lint with the linters argued for in .golangci.yml
	@$(GOLANGCI_LINT) run ./...

.PHONY: fmt
fmt: $(GOFUMPT) ## format every Go file
	@$(GOFUMPT) -w .

.PHONY: check-fmt
check-fmt: $(GOFUMPT) ## fail on a Go file that gofumpt would change
	@unformatted=$$($(GOFUMPT) -l .); [ -z "$$unformatted" ] || { echo "run make fmt; gofumpt would change:"; echo "$$unformatted"; exit 1; }

.PHONY: generate
generate: ## write generated files anew
	@go generate ./...

# The comparison is of the tree before and after, so that it also works amid changes.
.PHONY: check-generated
check-generated: ## fail when a generated file, go.mod or go.sum is not current
	@state() { git status --porcelain; git diff HEAD; git ls-files -zo --exclude-standard | xargs -0r sha256sum; }; \
	before=$$(state); go generate ./...; after=$$(state); \
	[ "$$before" = "$$after" ] || { echo "commit what make generate writes:"; diff <(echo "$$before") <(echo "$$after"); exit 1; }
	@go mod tidy -diff

.PHONY: clean
clean: ## remove what was built; tools and Go's caches stay
	@rm -rf bin out

$(GOLANGCI_LINT): IMPORT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(GOFUMPT):       IMPORT := mvdan.cc/gofumpt
$(BENCHSTAT):     IMPORT := golang.org/x/perf/cmd/benchstat
$(TOOLS)/%:
	@echo "compiling $* into $(TOOLS)"
	@mkdir -p $(TOOLS); new=$$(mktemp -d $(TOOLS)/new.XXXXXX); trap 'rm -rf "$$new"' EXIT; \
	GOBIN=$$new go install -trimpath -ldflags '-s -w' $(IMPORT)@$(lastword $(subst @, ,$*)); \
	mv "$$new"/* $@
