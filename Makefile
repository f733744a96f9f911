# `make run` shows the main job; `make test` and `make check` are what a change must pass.
# Each target sets up what it needs in .venv, once. With another Python, in a folder of its own:
# `make test PYTHON=python3.13`; `LOCK=` takes the newest releases that pyproject.toml allows.

PYTHON := python3
LOCK := requirements.lock
VENV := .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))$(if $(LOCK),,-newest)
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(LOCK:%=--constraint %)

.PHONY: run test check study scorecard bench baseline rows mutants screenshots pictures clean

run: $(VENV)/all
	$(BIN)/sinews brief beijing-1941 --out out/beijing-1941

test: $(VENV)/test
	$(BIN)/pytest -n 2

check: $(VENV)/check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

study: $(VENV)/all
	$(BIN)/sinews calibrate eastern-front-1941
	$(BIN)/sinews calibrate eastern-front-1941 --leave-one-out --members 1024 --rounds 4
	$(BIN)/python tools/theories.py
	$(BIN)/python tools/border.py
	$(BIN)/python tools/assimilation.py

# The scores of docs/scorecard.md: forecasts against what happened later, and the law of losses
# against battles; and those of docs/italy-1943.md, a second war on the same coefficients.
scorecard: $(VENV)/all
	$(BIN)/python tools/scorecard.py
	$(BIN)/python tools/italy.py

bench: $(VENV)/bench
	@for script in benchmarks/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

# Every page as a picture, in out/screenshots; needs Debian's chromium.
screenshots: $(VENV)/test
	$(BIN)/python tools/screenshots.py

# The pictures of README.md, likewise.
pictures: $(VENV)/test
	$(BIN)/python tools/pictures.py

baseline: $(VENV)/test
	$(BIN)/pytest tests/test_baseline.py --refresh-baseline

# The table of docs/beijing-1941.md: each row of the story with its cause turned round.
rows: $(VENV)/test
	$(BIN)/pytest tests/test_rows.py --refresh-rows

# A hundred faults, one at a time, and which of them the tests do not see; an hour.
mutants: .venv/test
	$(BIN)/python tools/mutants.py

clean:
	rm -rf .venv .venv-* .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist out
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/all $(VENV)/test $(VENV)/check $(VENV)/bench: pyproject.toml requirements.lock | $(BIN)/pip

# The type checker and the linters read the tests and the benchmarks too.
$(VENV)/check:
	$(INSTALL) --editable '.[check,test]'
	@touch $@ $(VENV)/test

$(VENV)/all $(VENV)/test $(VENV)/bench:
	$(INSTALL) --editable '.[$(@F)]'
	@touch $@

$(BIN)/pip:
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian: apt install python3-venv"; exit 1; }
