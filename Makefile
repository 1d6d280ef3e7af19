# `make run` starts everything, `make test` tries everything; both set themselves up: the first with what runs, the second with the
# tools beside.
.PHONY: run test setup setup-run setup-test needs check bench chaos explore still lock
.DEFAULT_GOAL := run

# Many processes import the same modules: they are compiled once, and not by each.
unexport PYTHONDONTWRITEBYTECODE

run: setup-run
	@exec .venv/bin/hedge up $(ARGS)

SUITE = -n 4 --dist loadfile --no-loadscope-reorder -m "not chaos"

test: setup-test needs
	@exec .venv/bin/python -m pytest $(SUITE) $(ARGS)

setup: setup-run

setup-run:
	@PYTHON="$(PYTHON)" sh ops/setup.sh run

setup-test:
	@PYTHON="$(PYTHON)" sh ops/setup.sh test

# Prometheus, Alertmanager, a browser, and the engines that statistics are held against, for the tests that try this project with
# them; never fails.
needs: setup-test
	@sh ops/needs.sh
	@sh ops/peers.sh || echo "needs: freqtrade and nautilus_trader could not be got; the tests beside them are skipped"

check: setup-test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m pytest -p no:cacheprovider tests/test_floors.py tests/test_docs.py
	.venv/bin/dagster definitions validate

bench: setup-test
	@exec .venv/bin/python -m tests.bench $(ARGS)

KILLS ?= --kills 10000 --points 1000 --rigs 4

# Crashes, kills, torn and flipped bytes: the suites that break things, with the parts that are too long for every day, and then
# a thousand injections for everybody who looks, with an hour of quiet running (some three hours; INJECTIONS="--count 200 --minutes 5" for less),
# and an executor at a local venue killed ten thousand times (some 35 minutes; KILLS="--kills 500 --points 100" for less).
chaos: setup-test
	.venv/bin/python -m pytest -m "chaos or not chaos" tests/executor/test_app.py tests/executor/journal \
		tests/test_spread.py tests/hedge_assets/health/test_judge.py tests/hedge_assets/test_store.py tests/hedge_assets/stack tests/hedge_assets/cli/test_up.py $(ARGS)
	.venv/bin/python -m tests.crash_rig $(KILLS)
	@exec .venv/bin/python -m tests.injections $(INJECTIONS)

# Every law with examples nobody has tried yet, some ten times as many as in the suite.
explore: setup-test
	.venv/bin/python -m pytest -n 4 --dist loadfile -m "not chaos" --hypothesis-profile explore $$(grep -rl "^from hypothesis" tests) $(ARGS)

# The suite while its processes stand still for seconds at random: what falls waits for too little (some 20 minutes; ARGS="--seed 2").
still: setup-test needs
	@exec .venv/bin/python -m tests.standstill $(SUITE) $(ARGS)

lock:
	@sh ops/lock.sh $(ARGS)
