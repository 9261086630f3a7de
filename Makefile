# Two commands for newcomers: `make demo` and `make test`. Both set up everything in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DEMO_STAMP := $(VENV)/.demo
AS_OF := 2026-11-24

.PHONY: help demo test lint types bench docs docs-check faults fuzz properties routing programs wheel lock clean

help: ## What there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name it with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Run-time dependencies are pinned by hash as well as those for development.
$(DEMO_STAMP): $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(STAMP): $(DEMO_STAMP) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(DEMO_STAMP) ## Gate a service that is not ready, then the same service when it is
	@echo; echo "### examples/orders-not-ready: the gate fails, and says why"; echo
	@$(BIN)/readiness gate examples/orders-not-ready --as-of $(AS_OF); code=$$?; \
	  echo "exit code $$code"; test $$code -eq 1
	@echo; echo "### examples/orders: the gate passes, with its proofs"; echo
	@$(BIN)/readiness gate examples/orders --as-of $(AS_OF)
	@echo "exit code 0; every proof with its numbers: $(BIN)/readiness gate examples/orders --verbose"; echo
	@echo "Now your own: $(BIN)/readiness gate PATH-TO-A-REPOSITORY"

programs: $(STAMP) ## Bring the programs that the tests run for real, and say which are missing
	$(BIN)/python tests/programs.py

test: programs ## Set up and run the whole suite
	$(BIN)/python -m pytest -q -n auto --dist loadfile

lint: $(STAMP) ## Style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

docs: $(STAMP) ## Write the reference pages anew from the code
	$(BIN)/python docs/generate.py

docs-check: $(STAMP) ## Whether the reference pages are those of the code
	$(BIN)/python docs/generate.py --check

faults: $(STAMP) ## The matrix of all checks against all seeded faults
	$(BIN)/python -m pytest -q tests/checks/test_fault_matrix.py

fuzz: $(STAMP) ## Twenty thousand mutated objects through every check
	$(BIN)/python -m tests.fuzz --count 20000 $(READINESS_CORPORA)

properties: $(STAMP) ## The property tests over examples that no run has seen
	HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -q -n auto --dist loadfile -m hypothesis

routing: $(STAMP) ## Ten thousand sets of labels through our routes and through amtool's
	READINESS_LABEL_SETS=10000 $(BIN)/python -m pytest -q tests/evidence/test_routing_equivalence.py

bench: $(STAMP) ## Benchmarks: start-up, loading, a gate over 10,000 documents
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/yaml_load.py --documents 10000
	$(BIN)/python benchmarks/throughput.py --documents 10000

wheel: $(STAMP) ## Build the wheel
	$(BIN)/python -m build --wheel --outdir dist

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: $(BIN)/python ## Resolve and pin all dependencies by hash (needs a network)
	$(BIN)/python -m pip install --quiet pip-tools
	$(COMPILE) --extra cel --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra cel --extra history --extra review --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean: ## Remove what was made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache
