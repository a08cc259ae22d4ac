#!/usr/bin/env bash
# SARIF output against the official JSON Schema (2.1.0, as npm's @microsoft/jest-sarif carries it) and read by sarif-tools.
# Needs npm, Python 3 with venv, and their registries. Installs into a temporary folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$root"
chartgap=${CHARTGAP:-}
if [ -z "$chartgap" ]; then
  cargo build --quiet
  chartgap=target/debug/chartgap
fi

printf '{"id": "unreadable"}\n' | cat corpus/notes.jsonl - > "$work/notes.jsonl"
status=0
"$chartgap" check "$work/notes.jsonl" --format sarif --out "$work/plain.sarif" 2>/dev/null || status=$?
[ "$status" -eq 2 ]
"$chartgap" check corpus/notes.jsonl --format sarif --snippets --cpt 64493 --cpt 99999 --code M53.86 --code M54.50 \
  --out "$work/full.sarif" || [ $? -eq 1 ]

(cd "$work" && npm init -y >/dev/null && npm install --silent --ignore-scripts --save-exact @microsoft/jest-sarif@1.0.0-beta.0)
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet jsonschema==4.25.1 sarif-tools==3.0.5
"$work/venv/bin/python" "$here/sarif-output.py" \
  "$work"/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json "$work/plain.sarif" "$work/full.sarif"
# Not into a pipe, which closes before it has said all.
"$work/venv/bin/sarif" summary "$work/plain.sarif" >"$work/summary.txt"
head -8 "$work/summary.txt"
