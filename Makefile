# The everyday commands; `make help` lists them. The build itself is CMakeLists.txt, its kinds are in
# CMakePresets.json, and each has its folder build/<kind>.
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 30
# All but the one that takes six minutes.
BENCH_FLAGS ?= --benchmark_filter=-tcp_fairness/10000
CTEST = ctest --test-dir build/release --output-on-failure --no-tests=error -j $(JOBS)

.DEFAULT_GOAL := release
.PHONY: release debug demo test check ci oracle bench bench-peers docs lint format asan fuzz setup install clean help

release debug:  ## build into build/release (the default), build/debug
	@tools/build.sh $@ $(JOBS)

demo:  ## install what is missing, build, and show what Linnet does
	@tools/setup.sh build run
	@tools/build.sh release $(JOBS) linnet
	@build/release/bin/linnet run -- bash examples/demo.sh

test:  ## install what is missing, build, run every test: unit, e2e, sanitizers, fuzzers
	@tools/setup.sh build run test
	@tools/build.sh release $(JOBS)
	@tools/build.sh asan $(JOBS)
	LINNET_REQUIRE_ALL=1 FUZZ_SECONDS=$(FUZZ_SECONDS) $(CTEST) -LE lint

check: release  ## the quick part of the tests: unit and e2e, release build
	$(CTEST) -L 'unit|e2e'

ci:  ## test and lint in one ctest run, with one summary: what .ci/run does
	@tools/setup.sh build run test lint docs
	@tools/build.sh release $(JOBS)
	@tools/build.sh asan $(JOBS)
	LINNET_REQUIRE_ALL=1 FUZZ_SECONDS=$(FUZZ_SECONDS) $(CTEST)

asan:  ## the unit tests with AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/setup.sh build test
	@tools/build.sh asan $(JOBS)
	ctest --test-dir build/asan --output-on-failure -j $(JOBS)

fuzz:  ## every fuzzer for FUZZ_SECONDS (30) each
	@tools/setup.sh build test
	@tools/build.sh release $(JOBS)
	@tools/build.sh fuzz $(JOBS)
	FUZZ_SECONDS=$(FUZZ_SECONDS) LINNET_REQUIRE_ALL=1 $(CTEST) -L fuzz

oracle:  ## ask Linux 6.1 all scenarios anew and store its answers (SCENARIOS="links routes" for some)
	@tools/setup.sh test
	tools/oracle/compare.py --record $(SCENARIOS)

bench:  ## the benchmarks (BENCH_FLAGS for Google Benchmark)
	@tools/setup.sh build test
	@tools/build.sh release $(JOBS)
	build/release/bin/linnet_bench $(BENCH_FLAGS)

bench-peers:  ## Linnet beside the kernel and DPDK, as ratios; root (PEERS_FLAGS="--write docs/benchmarks.md" for the page)
	@tools/setup.sh build run test peers
	@tools/build.sh release $(JOBS)
	bench/peers/peers.py $(PEERS_FLAGS)

lint:  ## every check of the sources; 'make lint CHECKS="deps format"' for some
	@tools/setup.sh lint
	@tools/lint/lint.py $(CHECKS)

docs:  ## the reference of the public interface, into build/docs/html
	@tools/setup.sh docs
	@tools/docs.sh

format:  ## clang-format all C++ sources in place
	@tools/setup.sh lint
	@tools/lint/lint.py --fix format

setup:  ## install everything that building, testing and checking Linnet needs
	@tools/setup.sh build run test lint

install: release  ## install the program, the library and its headers (PREFIX, DESTDIR)
	cmake --install build/release $(if $(PREFIX),--prefix $(PREFIX))

clean:  ## remove all that was built
	rm -rf build

help:
	@grep -hE '^[a-z ]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16
