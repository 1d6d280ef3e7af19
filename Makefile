# `make run` starts everything, `make test` tries everything; both set themselves up.
.PHONY: run test setup check bench chaos lock
.DEFAULT_GOAL := run

run: setup
	@exec .venv/bin/hedge up $(ARGS)

test: setup
	@exec .venv/bin/python -m pytest -n 2 --dist loadfile -m "not chaos" $(ARGS)

setup:
	@PYTHON="$(PYTHON)" sh ops/setup.sh

check: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m pytest -p no:cacheprovider tests/test_floors.py tests/test_docs.py
	.venv/bin/dagster definitions validate

bench: setup
	@exec .venv/bin/python -m tests.bench $(ARGS)

chaos: setup
	@exec .venv/bin/python -m pytest -m chaos $(ARGS)

lock:
	@sh ops/lock.sh $(ARGS)
