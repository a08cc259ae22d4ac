#!/usr/bin/env bash
# Load on the loopback: requests a second, p50 and p99 at 1, 16 and 64 connections beside the rate of the library in one
# process, then a soak whose memory must stay flat. Needs wrk, Python and a release build.
#   tests/load/run.sh [SECONDS] [SOAK_SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-15}
soak=${2:-300}
binary=${CHARTGAP:-target/release/chartgap}
notes=${NOTES:-corpus/notes.jsonl}
threads=${THREADS:-2}
port=${PORT:-8654}

command -v wrk >/dev/null || { echo "wrk is missing: apt-get install wrk" >&2; exit 2; }
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

python3 - "$notes" >"$work/bodies.jsonl" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    note = json.loads(line)
    print(json.dumps({"id": str(note.get("id", "note")), "text": note["text"]}))
PY

"$binary" serve --listen "127.0.0.1:$port" --threads "$threads" 2>"$work/access.log" &
server=$!
for _ in $(seq 300); do
  python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$port/ready')" 2>/dev/null && break
  sleep 0.2
done

ask() { wrk -t1 -c"$1" -d"$2s" --timeout 30s -s tests/load/check.lua "http://127.0.0.1:$port" -- "$work/bodies.jsonl" | tail -1; }
memory() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$server/status"; }

echo "load of the machine: $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores, $(wc -l <"$work/bodies.jsonl") notes"
ask 16 5 >/dev/null
for _ in 1 2; do
  echo "in one process: $("$binary" bench "$notes" --threads "$threads" --seconds "$seconds" --format json |
    python3 -c "import json, sys; b = json.load(sys.stdin); print({k: round(b[k], 2) for k in ('notes_per_second', 'latency_p50_ms', 'latency_p99_ms')})")"
  for connections in 1 16 64; do
    echo "$connections connections: $(ask "$connections" "$seconds")"
  done
done

[ "$soak" -gt 0 ] || exit 0
echo "soak of $soak seconds, from $(memory) MiB"
ask 16 "$soak" >"$work/soak" &
asking=$!
: >"$work/memory"
while kill -0 "$asking" 2>/dev/null; do
  memory >>"$work/memory"
  sleep 2
done
cat "$work/soak"
python3 - "$work/memory" "$work/soak" <<'PY'
import json, sys
memory = [int(line) for line in open(sys.argv[1])]
third = max(1, len(memory) // 3)
first, last = max(memory[third // 2:third + 1]), max(memory[-third:])
print(f"memory: {first} MiB in the first third, {last} MiB in the last, {max(memory)} MiB at most")
failed = json.loads(open(sys.argv[2]).read())["failed"]
sys.exit(f"{failed} requests failed" if failed else "memory grows" if last > first * 1.05 + 8 else 0)
PY
