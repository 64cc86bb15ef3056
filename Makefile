# Every target first creates the virtual environment .venv with $(PYTHON) and installs the dependencies, if necessary.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The workflows set it to requirements-ci.txt: then pip installs the versions in this file, and only files with its hashes.
LOCK ?=
LOCK_TOOLS := $(VENV)/lock/.installed
# Known vulnerabilities that do not concern this package: `--ignore-vuln ID`, with the reason in a comment here.
AUDIT_OPTIONS ?=
# Interpreters for `make test-versions`; missing ones are skipped.
VERSIONS ?= python3.10 python3.11 python3.12 python3.13 python3.14
# Processes that run tests. More than two cores have: many tests wait for the processes that they start.
WORKERS ?= 3
# Tests of the whole package.
WHOLE := $(addprefix tests/,benchmarks cli contract docs emulator/test_emulator_conformity.py examples faults laws scenarios secrets \
	stand_in type_checkers)

# Tests of `make check`: of all folders, these find most for their time (CONTRIBUTING.md).
QUICK_TESTS := tests/test_layers.py $(addprefix tests/,lifecycle objects ownership providers repository)

.PHONY: help setup demo check quick test soak test-versions lint types dist lock audit release-check plugin-archive faults bench generate docs clean

help:
	@echo "make demo           a full demonstration on the console, with the emulator; needs no account"
	@echo "make setup          make .venv, with the package and all that its tests need"
	@echo "make check          lint, types and the unit tests that find most, in less than a minute: run it before each commit"
	@echo "make quick          the tests of make check alone"
	@echo "make test           all checks: generated files, lint, types, tests, coverage (PULUMI_DAILY_CALIBRATE=1: more CLI tests,"
	@echo "                    PULUMI_DAILY_RANDOM=1: other random examples)"
	@echo "make soak           random stories of two stacks with kills, lost answers and other people's changes for ten minutes"
	@echo "                    (PULUMI_DAILY_SOAK_SECONDS=600), kills of the Pulumi CLI, then the random tests with SOAK=5 times"
	@echo "                    more examples"
	@echo "make test-versions  the demo without the Pulumi CLI, on every other installed Python"
	@echo "make lint           ruff check and format, and check that generated files are up to date"
	@echo "make types          mypy --strict"
	@echo "make dist           build the wheel and the sdist into dist/; the same commit gives the same bytes"
	@echo "make plugin-archive build the native plugin for this platform, without Python, into dist/"
	@echo "make lock           write the versions and hashes that the workflows install: requirements-ci.txt, requirements-lock.txt"
	@echo "make audit          look for known vulnerabilities of these versions, in PyPI's database"
	@echo "make release-check  check that the tag TAG=vX.Y.Z may be released: version and changelog"
	@echo "make faults         try every fault with every request of every operation, and record what happens (docs/reliability.md)"
	@echo "make bench          measure operations, compared with a simple provider (half an hour; QUICK=1: two minutes)"
	@echo "make generate       regenerate the typed inputs and outputs and the reference pages"
	@echo "make docs           build the documentation as a site in .site/html; a dead link is an error"
	@echo "make clean          delete all generated files and environments"

$(STAMP): pyproject.toml $(LOCK)
	$(PYTHON) -m venv $(VENV)
ifeq ($(LOCK),)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endif
	@touch $@

$(LOCK_TOOLS): requirements-lock.txt
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lock.txt
	@touch $@

setup: $(STAMP)

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

lint: $(STAMP)
	$(BIN)/python tools/generate.py --check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

check: $(STAMP)
	@$(MAKE) --no-print-directory --jobs=2 quick types lint

quick: $(STAMP)
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(QUICK_TESTS)

# Lint and types run first. Coverage is not measured in the tests of $(WHOLE): it would more than double their time, and
# the coverage limits must be reached without them.
test: lint types
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(WHOLE)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist worksteal $(addprefix --ignore=,$(WHOLE))
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --fail-under=100 --include='pulumi_daily/api/*,pulumi_daily/lifecycle/*,pulumi_daily/summary/*'

# The first parts print their figures, for which they run in one process; the kills need a CLI. The tests of faults and of the CLI
# read PULUMI_DAILY_SOAK as well.
SOAK ?= 5
soak: export PULUMI_DAILY_SOAK = $(SOAK)
soak: $(STAMP)
	$(BIN)/python -m pytest -q tests/laws/test_soak.py
	$(BIN)/python -m pytest -q tests/cli/test_cli_kills.py -k test_soak
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal tests/laws tests/faults tests/cli --ignore=tests/laws/test_soak.py -k 'not test_soak'

test-versions: $(STAMP)
	@mkdir -p $(VENV)/versions
	@own=$$($(BIN)/python -c 'import sys; print("python%d.%d" % sys.version_info[:2])'); \
	for python in $(VERSIONS); do \
		if [ $$python = $$own ]; then echo "$$python: made .venv, see make test"; continue; fi; \
		$$python -c '' 2>/dev/null || { echo "$$python: not installed, skipped"; continue; }; \
		venv=$(VENV)/versions/$$python; \
		{ $$python -m venv $$venv && \
		$$venv/bin/python -m pip install --quiet --disable-pip-version-check '.[testing]' && \
		PYTHONPATH=tools $$venv/bin/python -m pytest -q -c /dev/null --rootdir=. --noconftest tests/generated/test_typed_inputs.py && \
		PULUMI_DAILY_NO_CLI=1 $$venv/bin/python examples/demo.py $$venv/demo; } >$$venv.log 2>&1 || \
		{ echo "$$python: FAILED"; cat $$venv.log; exit 1; }; \
		echo "$$python: $$(tail -n 1 $$venv.log)"; \
	done

dist: $(STAMP)
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist

# For all supported Pythons and systems. Lines for an index, which could be somebody's mirror, are left out.
lock: $(LOCK_TOOLS)
	@for of in "pyproject.toml --extra dev -o requirements-ci.txt" "--group lock -o requirements-lock.txt"; do \
		$(VENV)/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes \
			--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $$of || exit 1; \
	done

audit: $(LOCK_TOOLS)
	$(VENV)/lock/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes $(AUDIT_OPTIONS) \
		-r requirements-ci.txt -r requirements-lock.txt

# For the release, on each platform. PyInstaller is not a dependency of the tests.
plugin-archive: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pyinstaller>=6.10,<7'
	$(BIN)/python tools/plugin_archive.py dist

# The tag comes from the environment and is not expanded by make.
release-check: $(STAMP)
	@$(BIN)/python tools/release_check.py

faults: $(STAMP)
	PULUMI_DAILY_RECORD=1 $(BIN)/python -m pytest -q tests/faults/test_faults_matrix.py
	$(BIN)/python tools/generate.py
	$(BIN)/python -m pytest -q tests/faults/test_faults_matrix.py tests/faults/test_faults_wire.py

bench: $(STAMP)
	@$(BIN)/python benchmarks/bench.py $(if $(QUICK),--quick)

generate: $(STAMP)
	$(BIN)/python tools/generate.py

docs: $(STAMP)
	$(BIN)/python tools/site_pages.py

clean:
	rm -rf $(VENV) .demo .site .cache dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
