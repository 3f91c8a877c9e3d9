# Everything here sets up what it needs: Python 3.11 or newer and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo lake vendor test coverage test-quick test-faults test-chance test-year test-ui test-site test-lake test-spark screenshots bench bench-lake lint ui docs lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(VENV)/installed ## the whole pipeline on a small invented archive: no network, no token
	$(BIN)/papers demo

vendor: $(VENV)/vendored ## fetch with npm what the site needs to ask SQL, pinned by hash in pipeline/site/vendor.json

$(VENV)/vendored: $(VENV)/installed pipeline/site/vendor.json tests/vendored.py
	$(BIN)/python tests/vendored.py
	@touch $@

# Tests wait a good part of their time: for a stand-in, a process, a deadline. More of them than cores make up for it.
WORKERS := $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

test: $(VENV)/installed ## all tests but those of faults and of the UI
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

coverage: $(VENV)/installed ## make test, and which branches of pipeline/ it takes
	$(MAKE) test PYTEST_ARGS="--cov --cov-report=term $(PYTEST_ARGS)"

test-quick: $(VENV)/installed ## tests that are over in a minute: no Dagster, no warehouse of the demo
	$(BIN)/python -m pytest --quick -n auto --dist worksteal $(PYTEST_ARGS)

# What is left to chance is tried more often here than in `make test`.
OF_CHANCE := tests/test_fuzz.py tests/warehouse/test_arrivals.py tests/warehouse/test_checks.py \
    tests/warehouse/test_history.py tests/warehouse/test_publish.py tests/warehouse/test_spoilt.py tests/defs/test_enrichment.py

# One of these tests may take more than the half hour after which a test is taken to hang.
HOURS := -o faulthandler_timeout=14400

test-faults: $(VENV)/installed ## kills, full disks, damage, hostile services; ends with the counts
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS) tests/faults

test-chance: $(VENV)/installed ## what is left to chance, tried often: texts, answers, orders of arrival, moments of a kill
	THOROUGH=1 FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal \
	    $(HOURS) $(PYTEST_ARGS) $(OF_CHANCE)

test-year: $(VENV)/installed ## a year of nightly ticks under a moved clock, with troubles; YEAR_DAYS=34 for fewer days
	$(BIN)/python -m pytest $(HOURS) $(PYTEST_ARGS) tests/years

# Side by side, since most of their time is Dagster's daemon waiting for its next look.
UI_TESTS := tests/test_storm.py tests/test_ui.py tests/test_deploy.py tests/test_security.py tests/ui/test_service.py

$(VENV)/deploy: $(VENV)/installed deploy/requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.lock
	@touch $@

test-ui: $(VENV)/deploy ## the real UI, daemon and deployment; in Chromium and on PostgreSQL where they are installed
	$(BIN)/python -m pytest -m ui -rs -n 3 --dist loadfile $(PYTEST_ARGS) $(UI_TESTS)

test-site: $(VENV)/vendored ## the site in Chromium: pages, search and SQL, with the network closed
	$(BIN)/python -m pytest -m ui -rs $(PYTEST_ARGS) tests/site

LAKE := .venv-lake

$(LAKE)/installed: requirements-lake.lock pyproject.toml
	$(PYTHON) -m venv $(LAKE)
	$(LAKE)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lake.lock
	$(LAKE)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lake: $(LAKE)/installed ## what docs/scale.md needs, in an environment of its own: PostgreSQL and an object store as warehouse

test-lake: $(LAKE)/installed ## the lake, on a PostgreSQL of this machine and a stand-in for S3
	$(LAKE)/bin/python -m pytest -rs -n 2 --dist worksteal $(PYTEST_ARGS) tests/lake

# An environment of its own: Spark is 1.1 GB.
SPARK_VENV := .venv-spark

$(SPARK_VENV)/installed: requirements-spark.lock pyproject.toml
	$(PYTHON) -m venv $(SPARK_VENV)
	$(SPARK_VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	$(SPARK_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

test-spark: $(SPARK_VENV)/installed ## the star on a Spark cluster (master and two workers) is DuckDB's, row by row; needs Java 17
	$(SPARK_VENV)/bin/python -m pytest -m spark -rs $(PYTEST_ARGS) tests/spark

screenshots: ## the pictures of docs/images/, from the tests of the UI
	mkdir -p docs/images
	PAPERS_IMAGES=$(CURDIR)/docs/images $(MAKE) test-ui UI_TESTS=tests/test_ui.py

$(VENV)/bench: $(VENV)/installed requirements-bench.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

bench: $(VENV)/bench ## measure against others and write docs/benchmarks.md; PARTS="parsing loading backfill running years growth reading asking"
	$(BIN)/python -m bench $(PARTS)

bench-lake: $(LAKE)/installed ## measure a lake on services of this machine, with 1, 2 and 4 workers; BENCH_TIMES="1 10" for fewer sizes
	$(LAKE)/bin/python -m bench lake

lint: $(VENV)/installed ## ruff, pyright and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/pyright --pythonpath $(BIN)/python --project tests/pyrightconfig.json
	$(BIN)/sqlfluff lint --disable-progress-bar --nocolor sql

ui: $(VENV)/installed ## the Dagster UI on http://127.0.0.1:3000
	$(BIN)/papers ui

docs: $(VENV)/installed ## write what is derived: docs/dictionary.md, docs/costs.md and sql/lineage.csv
	$(BIN)/python tests/sql_lineage.py
	$(BIN)/python tests/costs.py
	$(BIN)/papers docs

COMPILE := .tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
    --no-annotate --no-header

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'

lock: .tools/bin/uv ## pin again what pyproject.toml asks for, with hashes; LOCK=--upgrade for the newest of everything
	$(COMPILE) $(LOCK) --extra dev --output-file requirements.lock pyproject.toml requirements-build.in
	$(COMPILE) $(LOCK) --constraints requirements.lock --output-file requirements-bench.lock requirements-bench.in
	$(COMPILE) $(LOCK) --extra lake --extra dev --output-file requirements-lake.lock pyproject.toml \
	    requirements-build.in requirements-lake.in
	$(COMPILE) $(LOCK) --constraints requirements.lock --output-file deploy/requirements.lock pyproject.toml \
	    requirements-build.in deploy/requirements.in
	$(COMPILE) $(LOCK) --constraints requirements-lake.lock --extra lake --output-file deploy/requirements-lake.lock \
	    pyproject.toml requirements-build.in deploy/requirements-lake.in
	$(COMPILE) $(LOCK) --constraints requirements.lock --extra dev --extra spark \
	    --output-file requirements-spark.lock pyproject.toml requirements-build.in

clean: ## remove what the targets above made, but never the warehouse
	rm -rf $(VENV) $(LAKE) $(SPARK_VENV) .tools demo .dagster
