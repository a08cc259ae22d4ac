-- Requests for wrk: the notes of a file, one JSON body a line, one after the other; then a line of figures. The mark at the end
-- of sentences becomes a word that no request had before, so that no sentence is known, unless KNOWN is set.

local bodies, sent = {}, 0
local threads = {}
local known = (os.getenv("KNOWN") or "") ~= ""

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init()
  wrong = 0
  began = os.time()
  for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
end

-- As long as the words of the notes that run.sh measures in the process.
local function word()
  local of = string.format("%02d%d%06d", began % 100, number, sent)
  return "z" .. of:gsub("%d", function(digit) return string.char(103 + tonumber(digit)) end)
end

function request()
  sent = sent + 1
  local body = bodies[sent % #bodies + 1]:gsub("@@", known and "zz" or word())
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
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
