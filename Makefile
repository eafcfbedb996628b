# Every target makes the virtual environment that it needs; Python 3.11 or later and make are enough.
#
#   make test PYTHON=python3.13 VENV=.venv-3.13     another Python, beside the first
#   make test TESTS=tests/client                    some of the tests; any options of pytest
#   make test ALL=1                                 also slow tests, all slices and all examples
#   make test NEEDED=tests TESTS=tests/cli          no more than the tests need, but those of the browser
#   make fuzz N=100000                              that many texts, filters with mistakes, and pairs; ten times
#                                                   the pairs for predicates, a 20th of them in SQL engines
#   make fuzz SEED=1                                the same ones on every run

VENV ?= .venv
N ?= 10000
SPARK_PAIRS ?= $$(($(N) / 20))
MINUTES ?= 10
NEEDED ?= dev
# CPU seconds that `make test` may use.
BUDGET ?= 600
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# Python keeps what it compiles, or each process of the tests would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test coverage lint docs dist fmt fuzz fuzz-spark fuzz-duckdb fuzz-polars bench peers growth planted probes interop recorded suites load soak cuts kills mutate chaos receiving tables generated clean

help:
	@echo 'make demo       the main job on the earthquakes in examples/'
	@echo 'make test       the tests, without the slow ones; ALL=1 runs all'
	@echo 'make coverage   all tests, with the coverage of their branches'
	@echo 'make lint       ruff, mypy, pyright, and whether generated files and workflows are right'
	@echo 'make docs       the site of docs/ in build/docs/html, and whether its links lead somewhere'
	@echo 'make dist       the package in dist/, as a release has it'
	@echo 'make fmt        format the code and mend what ruff can'
	@echo 'make fuzz       random texts, filters and messages; N=$(N)'
	@echo 'make bench      what everything costs, beside its peers; writes docs/benchmarks.md'
	@echo 'make growth     whether the time of extract grows as the length of hostile files, in every language'
	@echo 'make planted    500 source files with mistakes in their filters: check --fix fixes exactly the safe ones'
	@echo 'make interop    pnclient and the official SDKs on the emulator; writes docs/interop.md'
	@echo 'make recorded   recorded exchanges with the service, on the emulator; FILES=one.ndjson for others'
	@echo 'make suites     the own tests of an SDK on the emulator; SUITE=go CHECKOUT=../go, WRITE=1 keeps the result'
	@echo 'make load       many subscribers with filters on the emulator, and how long messages take; SUBSCRIBERS=200 RATE=200'
	@echo 'make soak       whether its memory stays where it is; MINUTES=$(MINUTES)'
	@echo 'make probes     the probe on 50 emulators with random readings, and on as many faults'
	@echo 'make cuts       subscribers that are cut off 1,000 times and come back'
	@echo 'make kills      the emulator killed while it writes: what it acknowledged is there'
	@echo 'make mutate     20,000 requests that are broken in some way, and 50,000 forged tokens and signatures'
	@echo 'make chaos      the client while everything it reads goes wrong at random'
	@echo 'make receiving  what a message costs the client, beside the official SDK'
	@echo 'make tables     the parser tables from grammar/filter.lark'
	@echo 'make generated  the tables, that of lints, the matrix of operators and operands, the completion scripts, the names of 4.8.1'
	@echo 'make clean      remove the virtual environment and what tools left'

# What the package needs.
$(VENV)/.base: pyproject.toml
	@test -n '$(PYTHON)' || { \
		echo 'Python 3.11 or later with its venv module was not found; name it: make PYTHON=/path/to/python' >&2; \
		echo '(Debian and Ubuntu keep the venv module in a package of its own: python3-venv)' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --editable .
	@# As pip does with what it copies: or the first start would be slow, or every one where
	@# PYTHONDONTWRITEBYTECODE is set.
	$(BIN)/python -m compileall -q pnfilter client
	@touch $@

# What its tests need, but those of the browser.
$(VENV)/.tests: $(VENV)/.base
	$(PIP) install --editable '.[tests]'
	@touch $@

# What its developers need.
$(VENV)/.dev: $(VENV)/.base
	$(PIP) install --editable '.[dev]'
	@touch $@

# Spark, which weighs more than all the rest together: without it its tests are skipped.
$(VENV)/.spark: $(VENV)/.dev
	$(PIP) install --editable '.[spark]'
	@touch $@

# Sphinx, which makes the site of docs/.
$(VENV)/.docs: $(VENV)/.dev
	$(PIP) install --editable '.[docs]'
	@touch $@

# What benchmarks compare with, beside the package with all its engines.
$(VENV)-bench/.peers: pyproject.toml benchmarks/peers.txt
	$(MAKE) $(VENV)-bench/.dev VENV=$(VENV)-bench
	$(MAKE) -s peers VENV=$(VENV)-bench
	@touch $@

peers:
	$(PIP) install --editable '.[all,spark]' --requirement benchmarks/peers.txt

demo: $(VENV)/.base
	$(BIN)/pnfilter demo

PYTEST := $(BIN)/python -m pytest --numprocesses=auto --dist=worksteal
QUICK := -m 'not slow' --slice commit --hypothesis-profile=quick --cpu-budget $(BUDGET)

test: $(VENV)/.$(NEEDED)
	$(PYTEST) $(if $(ALL),,$(QUICK)) $(TESTS)

coverage: $(VENV)/.$(NEEDED)
	$(PYTEST) --cov --cov-report=term $(TESTS)

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python -m pnfilter.syntax.grammar --check
	$(BIN)/python tools/lint_table.py --check
	$(BIN)/python tools/conformance_matrix.py --check
	$(BIN)/python tools/completions.py --check
	$(BIN)/python tools/old_paths.py --check
	$(BIN)/python tools/surface.py --check
	$(BIN)/python tools/extraction.py --check
	$(BIN)/python tools/workflows.py
	$(BIN)/python tools/prose.py
	$(BIN)/python tools/commit_messages.py

docs: $(VENV)/.docs
	$(BIN)/python -m tools.manual

dist: $(VENV)/.tests
	rm -rf dist
	$(BIN)/python -m build

fmt: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# The texts take every core; each of the engines takes about one.
fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz --count $(N) $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m tests.binding.fuzz --count $$(($(N) * 10)) $(if $(SEED),--seed $(SEED))
	@$(MAKE) --no-print-directory -j2 fuzz-spark fuzz-duckdb fuzz-polars

fuzz-spark: PAIRS = $(SPARK_PAIRS)
fuzz-duckdb fuzz-polars: PAIRS = $$(($(N) / 20))
fuzz-spark fuzz-duckdb fuzz-polars: $(VENV)/.dev
	$(BIN)/python -m tests.engines.fuzz --engine $(@:fuzz-%=%) --count $(PAIRS) $(if $(SEED),--seed $(SEED))

bench: $(VENV)-bench/.peers
	$(VENV)-bench/bin/python -m benchmarks.run --write

growth: $(VENV)/.dev
	$(BIN)/python -m benchmarks.growth

probes: $(VENV)/.dev
	PROBES=50 $(PYTEST) tests/probe

planted: $(VENV)/.dev
	$(BIN)/python -m tests.extraction.planted $(if $(SEED),--seed $(SEED))

interop: $(VENV)/.dev
	$(BIN)/python -m tests.interop.matrix

recorded: $(VENV)/.dev
	$(BIN)/python -m tests.interop.recorded --list $(FILES)

suites: $(VENV)/.dev
	$(BIN)/python -m tests.interop.suites '$(SUITE)' '$(CHECKOUT)' $(if $(WRITE),--write)

load: $(VENV)/.dev
	$(BIN)/python -m benchmarks.emulator.load $(if $(SUBSCRIBERS),--subscribers $(SUBSCRIBERS)) $(if $(RATE),--rate $(RATE))

soak: $(VENV)/.dev
	$(BIN)/python -m benchmarks.emulator.soak --minutes $(MINUTES)

chaos: $(VENV)/.dev
	$(BIN)/python -m benchmarks.client.chaos $(if $(SEED),--seed $(SEED))

receiving: $(VENV)/.dev
	$(BIN)/python -m benchmarks.client.receiving

cuts kills mutate: $(VENV)/.dev
	$(BIN)/python -m benchmarks.emulator.faults.$@ $(if $(SEED),--seed $(SEED))
	$(if $(filter mutate,$@),$(BIN)/python -m benchmarks.emulator.faults.forgeries $(if $(SEED),--seed $(SEED)))

tables: $(VENV)/.dev
	$(BIN)/python -m pnfilter.syntax.grammar

generated: tables
	$(BIN)/python tools/lint_table.py
	$(BIN)/python tools/conformance_matrix.py
	$(BIN)/python tools/completions.py
	$(BIN)/python tools/old_paths.py
	$(BIN)/python tools/surface.py
	$(BIN)/python tools/extraction.py

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
