# Partnership Learning. `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := bash
PY := .venv/bin/python
STAMPS := .venv/.stamps
# With .venv activated, python3 would be the one without pip that is being filled.
export PATH := $(subst $(CURDIR)/.venv/bin:,,$(PATH))

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMPS)/python $(STAMPS)/npm ## Install what the product needs, into .venv and node_modules

$(STAMPS)/python: requirements/dev.txt pyproject.toml
	test -x $(PY) || python3 -m venv --without-pip .venv
	python3 -m pip --python $(PY) install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	python3 -m pip --python $(PY) install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/npm: package-lock.json | $(STAMPS)/python
	npm ci --silent --no-audit --no-fund
	@touch $@

chromium: ## Install Debian's chromium for the browser tests, where there is none
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  { echo "Installing chromium for the browser tests ..."; \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null) || \
	    { echo "chromium could not be installed. Install it (apt-get install chromium) and run again."; exit 1; }; }

run: install ## Serve at http://127.0.0.1:8000 with a demo organisation; its data is kept in var/
	LMS_LOG_FORMAT=$${LMS_LOG_FORMAT:-console} LMS_LOG_LEVEL=$${LMS_LOG_LEVEL:-warning} $(PY) -m lms.cli serve --demo

test: install chromium ## Run every test, on a database of its own
	$(PY) -m pytest -n 2

check: install ## Lint, types, import rules, courses, migrations against models
	.venv/bin/ruff check . && .venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	$(PY) -m lms.cli courses check
	$(PY) -m pytest tests/house -n 0

bench: install ## Measure speed against the rulers; writes docs/benchmarks.md
	$(PY) -m tests.bench

texts: install ## Bring the translations' files up to date with the texts in code and templates
	.venv/bin/pybabel -q extract -F babel.cfg --project="Partnership Learning" --add-location=file --sort-by-file --width=110 --add-comments=TRANSLATORS -o lms/web/locales/messages.pot lms
	for l in ar zh fr ru es; do .venv/bin/pybabel -q update -i lms/web/locales/messages.pot -o lms/web/locales/$$l/messages.po -l $$l -w 110 --ignore-pot-creation-date --no-fuzzy-matching --ignore-obsolete; done

lock: ## Pin the newest versions that pyproject.toml allows; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group dev -o requirements/dev.txt

.PHONY: help install chromium run test check bench texts lock
