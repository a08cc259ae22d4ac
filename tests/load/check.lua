-- Requests for wrk: the notes of a file, one JSON body a line, one after the other; then a line of figures.

local requests, next_one = {}, 0
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init()
  wrong = 0
  for line in io.lines(os.getenv("BODIES")) do
    requests[#requests + 1] = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, line)
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function response(status)
  if status ~= 200 then wrong = wrong + 1 end
end

function done(summary, latency)
  local wrong_answers = 0
  for _, thread in ipairs(threads) do wrong_answers = wrong_answers + thread:get("wrong") end
  local errors = summary.errors
  local failed = wrong_answers + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %.0f %.1f %.1f %.1f %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000, failed))
end
