#!/usr/bin/env bash
# Asks the service whatever its OpenAPI document allows and forbids, and holds every answer against it: none may be a 5xx,
# of a status, a type or a schema that is not declared. Needs Python and the network; what it installs lies outside the checkout.
#
#   tests/load/schemathesis.sh              500 examples an operation
#   EXAMPLES=2000 CHARTGAP=path/to/chartgap tests/load/schemathesis.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=${SCHEMATHESIS_VENV:-${TMPDIR:-/tmp}/chartgap-schemathesis}
examples=${EXAMPLES:-500}

[ -x "$venv/bin/st" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install -q 'schemathesis>=4,<5'; }
if [ -z "${CHARTGAP:-}" ]; then
  cargo build --quiet
  CHARTGAP=${CARGO_TARGET_DIR:-target}/debug/chartgap
fi
work=$(mktemp -d)
service=
address=
cleanup() {
  [ -z "$service" ] || kill "$service" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
echo "schemathesis-$RANDOM-$RANDOM" >"$work/token"
"$CHARTGAP" serve --no-model --listen 127.0.0.1:0 --token-file "$work/token" ${SERVE:-} 2>"$work/errors" &
service=$!
for _ in $(seq 200); do
  address=$(sed -n 's/^chartgap: listening on \(http:[^ ]*\) .*/\1/p' "$work/errors")
  [ -z "$address" ] || break
  sleep 0.1
done
[ -n "$address" ] || { cat "$work/errors" >&2; exit 1; }

# The report quotes requests and answers: here they are made up, in another place they would not be, so it goes to a file
# of its owner.
umask 077
export SCHEMATHESIS_HOOKS=$PWD/tests/load/hooks.py
report=${REPORT:-$work/report}
# 503 is an answer of a service that has enough to do, and declared; 5xx beside it is a defect.
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method
status=0
(cd "$work" && PYTHONDONTWRITEBYTECODE=1 "$venv/bin/st" run "$address/openapi.json" --no-color -H "Authorization: Bearer $(cat "$work/token")" \
  --checks "$checks" --max-examples "$examples" --continue-on-failure ${ST_ARGS:-} >"$report" 2>&1) || status=$?
kill -0 "$service" || { echo "the service is gone" >&2; exit 1; }
if [ "$status" -ne 0 ]; then
  echo "schemathesis has something to say, in $report (REPORT=file keeps it):" >&2
  grep -E '^(- |_{3,}|[A-Z].*: [0-9]+)|Undocumented|Server error|violates|Unsupported' "$report" | head -40 >&2
  [ -n "${REPORT:-}" ] || cp "$report" "${TMPDIR:-/tmp}/chartgap-schemathesis.report"
  exit "$status"
fi
tail -n 25 "$report"
