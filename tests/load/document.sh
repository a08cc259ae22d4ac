#!/usr/bin/env bash
# Schemathesis against a running service, by its own OpenAPI document: no 5xx, no answer that is not declared.
# Needs Python; installs schemathesis into an environment of its own.
#   tests/load/document.sh [EXAMPLES]
set -euo pipefail
cd "$(dirname "$0")/../.."
examples=${1:-200}
binary=${CHARTGAP:-target/release/chartgap}
port=${PORT:-8655}
environment=${VENV:-target/schemathesis}

if ! [ -x "$environment/bin/schemathesis" ]; then
  python3 -m venv "$environment"
  "$environment/bin/pip" -q install 'schemathesis>=4,<5'
fi
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
printf '0123456789abcdef0123456789abcdef' >"$work/key"
"$binary" serve --listen "127.0.0.1:$port" --no-model --audit-log "$work/audit.log" --key-file "$work/key" \
  2>"$work/access.log" &
server=$!
for _ in $(seq 300); do
  python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$port/ready')" 2>/dev/null && break
  sleep 0.2
done
cd "$work"
"${OLDPWD}/$environment/bin/schemathesis" run "http://127.0.0.1:$port/openapi.json" --max-examples "$examples" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method \
  --phases examples,coverage,fuzzing,stateful --generation-database none --continue-on-failure --no-color
cd "$OLDPWD"
kill "$server" && wait "$server"
server=
"$binary" verify-log "$work/audit.log"
