#!/usr/bin/env bash
# Builds wheel and command and runs the tests of the Python package: python/test.sh [core|spark|spark35|spacy ...]
# Needs Rust, Python 3.10 or newer with venv, the package index, and Java 17 for Spark. Environments are kept in
# ${CHARTGAP_VENVS:-target/python}. Stages left out: all. TEST_ARGS goes to pytest.
set -euo pipefail
cd "$(dirname "$0")"
stages=${*:-core spark spark35 spacy}
venvs=${CHARTGAP_VENVS:-../target/python}
mkdir -p "$venvs"
venvs=$(cd "$venvs" && pwd)
python=${PYTHON:-python3}

# environment NAME PACKAGE...: made once, then kept
environment() {
  local at=$venvs/$1
  shift
  if [ ! -e "$at/ready" ]; then
    "$python" -m venv "$at"
    "$at/bin/pip" install --quiet "$@"
    touch "$at/ready"
  fi
}

step() {
  echo "== $*"
  "$@"
}

environment build 'maturin>=1.9.4,<2'
step "$venvs/build/bin/maturin" build --release --out "$venvs/wheels" --interpreter "$python"
wheel=$(ls -t "$venvs"/wheels/chartgap-*.whl | head -n 1)
size=$(stat -c %s "$wheel")
echo "== $(basename "$wheel"): $((size / 1000000)) MB"
[ "$size" -lt 40000000 ] || { echo "the wheel has more than 40 MB" >&2; exit 1; }
(cd .. && step cargo build --release --bin chartgap)
CHARTGAP=$(cd .. && cargo metadata --format-version 1 --no-deps | "$python" -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/release/chartgap
export CHARTGAP

# tests NAME ARGUMENT...: with the wheel of now
tests() {
  local at=$venvs/$1
  shift
  "$at/bin/pip" install --quiet --no-deps --force-reinstall "$wheel"
  step "$at/bin/python" -m pytest -q -p no:cacheprovider "$@" ${TEST_ARGS:-}
}

for stage in $stages; do
  case $stage in
  core)
    environment core pytest mypy pyarrow polars duckdb 'pandas<3' numpy
    tests core tests/test_checker.py tests/test_batch.py tests/test_recipes.py tests/test_doctests.py
    step "$venvs/core/bin/python" -m mypy
    ;;
  spark)
    environment spark pytest 'pyspark>=4,<5' pyarrow 'pandas<3'
    tests spark tests/test_spark.py
    ;;
  spark35)
    # the oldest that is supported, with an old pyarrow
    environment spark35 pytest 'pyspark>=3.5,<3.6' 'pyarrow==15.0.2' 'numpy<2' 'pandas<2.3' setuptools
    tests spark35 tests/test_spark.py tests/test_batch.py
    ;;
  spacy)
    environment spacy pytest medspacy 'numpy<2'
    tests spacy tests/test_spacy.py
    ;;
  *)
    echo "no stage $stage: core spark spark35 spacy" >&2
    exit 2
    ;;
  esac
done
echo "== all passed"
