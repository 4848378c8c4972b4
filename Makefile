# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

# make demo        three instances, two commands, a table (KEEP=1 DATA=folder)
# make test        everything, with PostgreSQL and RabbitMQ
# make test-quick  what needs no service and is not long
# make soak        random histories on SQLite (CASES=n SEED=s JOBS=j), with the
#                  models of GNU Health (MODELS=health), or in memory
#                  (STORE=memory)
# make mutants     deliberate faults that they must find (CASES=n SEED=s)
# make icd10       clinics edit and add to the real ICD-10, in some minutes
# make patch-level a clinic has an older GNU Health than its centre
# make crash       kill a worker and a hub while people work (KILLS=n SEED=s)
# make proxied     synchronise over lines that break (RUNS=n SEED=s)
# make chaos       kill RabbitMQ and PostgreSQL as well (KILLS=n SEED=s)
# make writers     people write while a satellite synchronises (SECONDS=n SEED=s)
# make late        transactions that commit after a hundred thousand others
#                  (SCHEDULES=n YOUNGER=n SEED=s)
# make line        push over 64 kbit/s that are cut each minute, in an hour
# make line-file   the same with a file of 100 MB, in hours (SIZE=n TIMES=n)
#                  (RECORDS=n TIMES=n CASES=n SEED=s)
# make record      record the messages of the tests (STORIES="name ...")
# make bench       measure the speed (ONLY=push,noop PEERS=1 SEED=n)
# make bench-profile  where the time of a record goes (RECORDS=n BACKEND=sqlite)
# make bench-quick count requests, bytes, queries and rows
# make bindings    write the pages about the models of GNU Health
# make lint        flake8 and isort
# make clean       remove what was made here
#
# TESTS chooses what to test, such as TESTS="tests/test_setup.py -k wheel".

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTS ?=
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(JOBS)

.PHONY: demo test test-quick icd10 patch-level soak mutants crash chaos \
	proxied writers late line line-file record bench bench-profile \
	bench-quick bindings lint clean postgresql rabbitmq

demo: $(INSTALLED)
	$(BIN)/python -m demo.demo $(if $(KEEP),--keep) $(if $(DATA),--data "$(DATA)")

test: $(INSTALLED) postgresql rabbitmq
	$(PYTEST) $(TESTS)

test-quick: $(INSTALLED)
	$(PYTEST) -m "not services and not postgresql and not rabbitmq and not long" $(TESTS)

icd10: $(INSTALLED)
	$(BIN)/python -m pytest -m apart tests/test_icd10.py

patch-level: $(INSTALLED)
	$(BIN)/python -m pytest -m apart tests/test_patch_level.py

soak: $(INSTALLED)
	PYTHONHASHSEED=0 $(BIN)/python -m \
		tests.$(if $(filter memory,$(STORE)),memory,machine).soak \
		$(if $(MODELS),--models $(MODELS)) \
		$(if $(CASES),--cases $(CASES)) $(if $(SEED),--seed $(SEED)) \
		--jobs $(JOBS)

mutants: $(INSTALLED)
	$(BIN)/python -m tests.memory.mutants $(if $(CASES),--cases $(CASES)) \
		$(if $(SEED),--seed $(SEED))

crash: $(INSTALLED) postgresql
	$(BIN)/python -m tests.crash $(if $(KILLS),--kills $(KILLS)) \
		$(if $(SEED),--seed $(SEED))

chaos: $(INSTALLED) postgresql rabbitmq
	$(BIN)/python -m tests.chaos $(if $(KILLS),--kills $(KILLS)) \
		$(if $(SEED),--seed $(SEED))

proxied: $(INSTALLED) postgresql
	$(BIN)/python -m tests.proxied $(if $(RUNS),--runs $(RUNS)) \
		$(if $(SEED),--seed $(SEED))

writers: $(INSTALLED) postgresql
	$(BIN)/python -m tests.writers $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(PAIRS),--pairs $(PAIRS)) $(if $(SEED),--seed $(SEED))

late: $(INSTALLED) postgresql
	$(BIN)/python -m tests.late_commits $(if $(SCHEDULES),--schedules $(SCHEDULES)) \
		$(if $(YOUNGER),--younger $(YOUNGER)) $(if $(SEED),--seed $(SEED))

line: $(INSTALLED) postgresql
	$(BIN)/python -m tests.foul_line $(if $(RECORDS),--records $(RECORDS)) \
		$(if $(TIMES),--times $(TIMES)) $(if $(CASES),--cases $(CASES)) \
		$(if $(SEED),--seed $(SEED))

line-file: $(INSTALLED) postgresql
	$(BIN)/python -m tests.foul_file $(if $(SIZE),--size $(SIZE)) \
		$(if $(TIMES),--times $(TIMES)) $(if $(SEED),--seed $(SEED))

record: $(INSTALLED)
	$(BIN)/python -m tests.recorded.record $(STORIES)

bench: $(INSTALLED) postgresql
	$(BIN)/python -m benchmarks.bench $(if $(ONLY),--only $(ONLY)) \
		$(if $(filter 1,$(PEERS)),--peers) $(if $(SEED),--seed $(SEED)) \
		$(if $(SCALE),--scale $(SCALE)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-profile: $(INSTALLED) postgresql
	$(BIN)/python -m benchmarks.profile $(if $(RECORDS),--records $(RECORDS)) \
		$(if $(BACKEND),--backend $(BACKEND))

bench-quick: $(INSTALLED) postgresql
	$(BIN)/python -m pytest tests/test_bench_quick.py

bindings: $(INSTALLED)
	$(BIN)/python -m pip install --quiet "gnuhealth-all-modules >= 5.0, < 5.1"
	$(BIN)/python -m tests.bindings

lint: $(INSTALLED)
	$(BIN)/python -m flake8
	$(BIN)/python -m isort --check-only --diff .

postgresql:
	.ci/postgresql

rabbitmq:
	.ci/rabbitmq

clean:
	rm -rf $(VENV) .cache .pytest_cache var build dist *.egg-info
	rm -rf requirements/*/build requirements/*/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An editable install keeps the list of the module folders it was made with, so
# it is made again when one comes or changes what it depends on.
$(INSTALLED): setup.py pyproject.toml requirements/psycopg2/setup.py \
		$(wildcard modules/*/tryton.cfg) $(BIN)/python
	rm -rf build *.egg-info
	$(BIN)/python -m pip install --quiet ./requirements/psycopg2
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "make: the Python \
	of \"$(PYTHON)\" cannot make a virtual environment; install it (Debian: \
	apt-get install python3-venv)." >&2; exit 1; }
