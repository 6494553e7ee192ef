# make demo    sets up and runs the synthetic organisation, then serves its dashboards (ARGS=--no-serve ends before that)
# make test    sets up and runs the tests (ARGS="-m slow": browsers, disks, servers and long properties, as the gate does)
# make bench   times each step on small and national waves, next to DuckDB's bare read of the same file
# make pictures  makes the pictures of README and docs from a demo release that passed its audit
# make faults  kills, fills and breaks runs, and prints what came of it (ARGS="--kills 200 --minutes 20")
# make reference  writes the page of every command, option and setting from the code
# Everything lives in .venv below this folder; nothing is installed elsewhere.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find surveys flows dashboards -type f -not -name '*.pyc' 2>/dev/null) pyproject.toml README.md

.PHONY: demo test reference faults bench pictures lock lint clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.runtime
	@$(BIN)/quorum demo $(ARGS)

test: $(VENV)/.dev
	@$(BIN)/python -P tests/run.py $(ARGS)

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.benchmarks.bench $(ARGS)

pictures: $(VENV)/.dev
	@$(BIN)/python -m tests.browser.make_pictures docs/pictures

reference: $(VENV)/.dev
	@$(BIN)/python -m flows.operate.reference_page > docs/reference/all-options.md

faults: $(VENV)/.dev
	@$(BIN)/python -m tests.faults $(ARGS)

# Locks: hashes, no index address, no host. Needs uv; nobody else does.
lock:
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements.lock -o requirements-dev.lock

lint: $(VENV)/.dev
	$(BIN)/ruff check surveys flows dashboards tests
	$(BIN)/ruff format --check surveys flows dashboards tests
	$(BIN)/mypy
	$(BIN)/lint-imports

$(BIN)/pip:
	@sh setup/make_venv.sh "$(PYTHON)" "$(VENV)"

$(VENV)/.packages: requirements.lock | $(BIN)/pip
	@echo "Setting up $(VENV) (a few minutes, once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev-packages: requirements-dev.lock | $(VENV)/.packages
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The wheel is built with the locked setuptools and installed: what is tested is what would be shipped.
$(VENV)/.runtime: $(VENV)/.packages $(SOURCES)
	@rm -rf build
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --force-reinstall .
	@rm -rf build
	@touch $@

$(VENV)/.dev: $(VENV)/.dev-packages $(VENV)/.runtime
	@touch $@

clean:
	rm -rf $(VENV) build .demo
