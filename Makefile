# `make run` shows the main job; `make test` and `make check` are what a change must pass.
# Each target sets up what it needs in .venv, once.

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock

.PHONY: run test check study bench baseline screenshots clean

run: .venv/core
	$(BIN)/sinews brief beijing-1941 --out out/beijing-1941

test: .venv/test
	$(BIN)/pytest -n 2 --dist loadgroup

check: .venv/check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

study: .venv/core
	$(BIN)/sinews calibrate eastern-front-1941

bench: .venv/bench
	@for script in benchmarks/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

# Every page as a picture, in out/screenshots; needs Debian's chromium.
screenshots: .venv/test
	$(BIN)/python tools/screenshots.py

baseline: .venv/test
	$(BIN)/pytest tests/test_baseline.py --refresh-baseline

clean:
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist out
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/core .venv/test .venv/check .venv/bench: pyproject.toml requirements.lock | $(BIN)/pip

.venv/core:
	$(INSTALL) --editable .
	@touch $@

# The type checker and the linters read the tests and the benchmarks too.
.venv/check:
	$(INSTALL) --editable '.[check,test]'
	@touch $@ .venv/test

.venv/test .venv/bench:
	$(INSTALL) --editable '.[$(@F)]'
	@touch $@

$(BIN)/pip:
	@python3 -m venv .venv || { rm -rf .venv; echo "On Debian: apt install python3-venv"; exit 1; }
