-- One decision about one rate tier: the rules of _ledger.py, on the server's time. A test compares both.
-- Python puts a line with the constants of _ledger.py before this text.
-- KEYS[1]: the ledger, in the format of _shared.encode_ledger. Ids are 8 bytes.
-- ARGV: command, windows (pairs of doubles: limit, seconds), id, doubles of the command, id of the flight. No more than
-- these: a server answers an unauthenticated command of more than ten parts with a text that does not name the reason.
-- Returns two doubles (the time, the seconds to wait) and the ledger.
local command, id = ARGV[1], ARGV[3]

local function doubles(data)
  local found, from = {}, 1
  while from <= #data do
    found[#found + 1], from = struct.unpack('<d', data, from)
  end
  return found
end

local windows, longest, most = {}, 0, 0
local sizes = doubles(ARGV[2])
for n = 1, #sizes, 2 do
  windows[#windows + 1] = {sizes[n], sizes[n + 1]}
  longest, most = math.max(longest, sizes[n + 1]), math.max(most, sizes[n])
end
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6

local function within(value, low, high) return value >= low and value <= high end  -- false for NaN

local function read(data)
  local ledger = {counted = {}, flying = {}, queue = {}, paused = -math.huge, factor = 1}
  if not data or #data < 44 then return ledger end
  local _, paused, factor, counted, flying, queue = struct.unpack('<c16ddI4I4I4', data)
  if #data ~= 44 + 8 * counted + 16 * flying + 32 * queue then return ledger end
  if within(paused, 0, now + LONGEST_PAUSE) then ledger.paused = paused end
  if within(factor, FLOOR, 1) then ledger.factor = factor end
  local at = 45
  for _ = 1, counted do
    local one
    one, at = struct.unpack('<d', data, at)
    if within(one, 0, now) then table.insert(ledger.counted, one) end
  end
  table.sort(ledger.counted)
  for _ = 1, flying do
    local flight, ends
    flight, ends, at = struct.unpack('<c8d', data, at)
    if within(ends, 0, now + LONGEST_LEASE) then table.insert(ledger.flying, {id = flight, ends = ends}) end
  end
  for _ = 1, queue do
    local asked, place, part, wake
    asked, place, part, wake, at = struct.unpack('<dc8dd', data, at)
    if within(asked, 0, now) and part > 0 and part <= 1 and within(wake, 0, now + GRACE) then
      table.insert(ledger.queue, {asked = asked, id = place, part = part, wake = wake})
    end
  end
  return ledger
end

local function write(ledger)
  local first = math.max(1, #ledger.counted - MOST + 1)
  local flying, queue = math.min(MOST, #ledger.flying), math.min(MOST, #ledger.queue)
  local sizes = {#ledger.counted - first + 1, flying, queue}
  local parts = {struct.pack('<c16ddI4I4I4', string.rep('\0', 16), ledger.paused, ledger.factor, unpack(sizes))}
  for n = first, #ledger.counted do parts[#parts + 1] = struct.pack('<d', ledger.counted[n]) end
  for n = 1, flying do parts[#parts + 1] = struct.pack('<c8d', ledger.flying[n].id, ledger.flying[n].ends) end
  for n = 1, queue do
    local one = ledger.queue[n]
    parts[#parts + 1] = struct.pack('<dc8dd', one.asked, one.id, one.part, one.wake)
  end
  return table.concat(parts)
end

local function count(ledger, at)
  local place = #ledger.counted + 1
  while place > 1 and ledger.counted[place - 1] > at do place = place - 1 end
  table.insert(ledger.counted, place, at)
  while #ledger.counted > most do table.remove(ledger.counted, 1) end
end

local function without(list, one)
  local kept = {}
  for _, entry in ipairs(list) do
    if entry.id ~= one then kept[#kept + 1] = entry end
  end
  return kept
end

local function join(ledger, ticket)
  for _, place in ipairs(ledger.queue) do
    if place.id == ticket.id then return place end
  end
  local at = #ledger.queue + 1
  while at > 1 and ledger.queue[at - 1].asked > ticket.asked do at = at - 1 end
  table.insert(ledger.queue, at, ticket)
  return ticket
end

local function settle(ledger)
  local queue, flying = {}, {}
  for _, one in ipairs(ledger.queue) do
    if now <= one.wake + GRACE or one.id == id then queue[#queue + 1] = one end
  end
  for _, one in ipairs(ledger.flying) do
    if one.ends < now then count(ledger, one.ends) else flying[#flying + 1] = one end
  end
  ledger.queue, ledger.flying = queue, flying
end

local function part_left(ledger)
  if ledger.factor == 1 or longest == 0 then return 1 end
  local grown = math.max(0, now - ledger.paused) / (RECOVERY * longest)
  return math.min(1, ledger.factor + (1 - ledger.factor) * grown)
end

local function earliest(taken, part, at)
  for _, window in ipairs(windows) do
    local limit, seconds = window[1] * part, window[2]
    if limit >= 1 then limit = math.floor(limit + 1e-9) else limit, seconds = 1, seconds / limit end
    if #taken >= limit then at = math.max(at, taken[#taken - limit + 1] + seconds + GUARD) end
  end
  return at
end

local function plan(ledger)
  local taken = {unpack(ledger.counted)}
  for _ = 1, #ledger.flying do taken[#taken + 1] = now end
  local at, left = math.max(now, ledger.paused), part_left(ledger)
  for _, place in ipairs(ledger.queue) do
    at = earliest(taken, place.part * left, at)
    place.at = at
    taken[#taken + 1] = at
  end
end

local function fly(ledger, flight, ends)
  for _, one in ipairs(ledger.flying) do
    if one.id == flight then
      one.ends = ends
      return
    end
  end
  table.insert(ledger.flying, {id = flight, ends = ends})
end

local function enter(ledger)
  local age, part, nap, lease = unpack(doubles(ARGV[4]))
  local flight = ARGV[5]
  settle(ledger)
  local place = join(ledger, {asked = now - age, id = id, part = part, wake = now})
  plan(ledger)
  local wait = place.at - now
  if wait > EARLY then
    place.wake = now + math.min(wait, nap)
    return wait
  end
  ledger.queue = without(ledger.queue, id)
  if flight == '' then
    count(ledger, now)
  else
    fly(ledger, flight, now + lease)
  end
  return 0
end

local ledger, wait = read(redis.call('GET', KEYS[1])), 0
if command == 'enter' then
  wait = enter(ledger)
elseif command == 'leave' then
  ledger.queue = without(ledger.queue, id)
elseif command == 'done' then
  ledger.flying = without(ledger.flying, id)
  count(ledger, now)
elseif command == 'penalise' then
  local pause, began = unpack(doubles(ARGV[4]))
  began = began or now
  if began >= ledger.paused - EARLY then ledger.factor = math.max(FLOOR, part_left(ledger) / 2) end
  ledger.paused = math.max(ledger.paused, now + math.min(pause, LONGEST_PAUSE))
end
local data = write(ledger)
if command ~= 'view' then redis.call('SET', KEYS[1], data, 'EX', EXPIRE) end
return struct.pack('<dd', now, wait) .. data
