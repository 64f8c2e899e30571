# make report    the whole way: environment, build, and where the results are
# make test      the tests
#
# Needs Python >= 3.11 and the package index; nothing else. Another Python: make report PYTHON=python3.12
# Options for Snakemake: make report ARGS="--config mode=live"

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
# Tests run side by side on this many processes
JOBS   ?= 2

BIN     := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: report test check accept fuzz audit mutants coverage bench readme lock release clean environment cluster-environment
.DELETE_ON_ERROR:

report: environment
	snakemake --quiet host reason rules $(ARGS)
	@fij-eval where

test: environment
	pytest -n $(JOBS) --dist loadgroup $(ARGS)

# Style, types, workflow: all that .ci/run asks besides the tests and the double build
check: environment
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow
	snakemake --lint

# The pages of this build as those that later builds are held against (tests/report/accepted)
accept: environment
	snakemake --quiet host reason rules $(ARGS)
	fij-eval pages accept

# Mutated files through every parser, a minute each: an error of ours or the right answer
fuzz: environment
	python tests/sources/fuzzing.py $(ARGS)

# A random sample of mutants of effects, panel and parsers: does a test notice? (docs/mutation.md)
mutants: environment
	python tests/mutation/sample.py $(ARGS)

# Branches of effects and panel that their own tests take: fails at 95 per cent or below
coverage: environment
	python tests/branches/by_branch.py $(ARGS)

# Packages with a known security hole; asks the advisory service of pip-audit over the internet
audit: environment
	python workflow/audit.py $(ARGS)

bench: environment
	python benchmarks/run.py $(ARGS)

# The README's list of figures and tables, its run times and its picture, from workflow and last build
readme: environment
	fij-eval catalogue
	python benchmarks/run.py --readme README.md
	snakemake --quiet host reason rules --no-hooks results/demo/figures/nb/fig09_series.svg
	mkdir -p docs/images
	cp results/demo/figures/nb/fig09_series.svg docs/images/

# Resolve anew after a change of pyproject.toml
lock: environment
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate pyproject.toml --group dev -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate --group pyproject.toml:cluster -c requirements.lock \
	    -o requirements-cluster.lock

# A versioned bundle in dist/: code, raw files, records, documents, checksums, citation
release: report
	fij-eval release $(RELEASE)

# Everything that the workflow made; the raw archive of the live mode stays
clean:
	rm -rf data/processed/* results/* reports/* logs data/raw/demo

# .venv-cluster: the same, and what sends jobs to a cluster (docs/cluster.md)
cluster-environment:
	@$(PYTHON) workflow/environment.py --venv .venv-cluster
	@.venv-cluster/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    --require-hashes -r requirements-cluster.lock

environment:
	@$(PYTHON) workflow/environment.py --venv $(VENV)
