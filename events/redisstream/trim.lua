-- trim drops the oldest events of those that every group has acknowledged, and
-- never another. One script, so that no group is made meanwhile.
-- KEYS[1] the stream
-- ARGV[1] how long to keep, ms   ARGV[2] how many to keep at most
-- ARGV[3] how many to look at, at most   ARGV[4..] groups without which nothing is dropped
-- Returns {dropped, length, group}: the one that has acknowledged least, '' if none
--
-- Redis drops whole nodes of its tree, so a few more may stay.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {0, 0, ''}
end

local function parse(id)
  local ms, seq = string.match(id, '^(%d+)-?(%d*)$')
  return {tonumber(ms), tonumber(seq) or 0}
end
local function before(a, b)
  return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2])
end

-- The first event that some group has not acknowledged, and what precedes it.
local floor, slowest, there = nil, '', {}
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local name, at = group[2], nil
  there[name] = true
  local pending = redis.call('XPENDING', KEYS[1], name)
  if pending[1] > 0 then
    at = parse(pending[2])
  else
    for i = 1, #group, 2 do
      if group[i] == 'last-delivered-id' then
        at = parse(group[i + 1])
        at[2] = at[2] + 1
      end
    end
  end
  if not floor or before(at, floor) then
    floor, slowest = at, name
  end
end
local length = redis.call('XLEN', KEYS[1])
for i = 4, #ARGV do
  if not there[ARGV[i]] then
    return {0, length, ARGV[i]}
  end
end
if not floor then
  return {0, length, ''}
end

local function drop(upTo, limit)
  return redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f-%.0f', upTo[1], upTo[2]), 'LIMIT', limit)
end
local time = redis.call('TIME')
local old = {time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1], 0}
local limit = tonumber(ARGV[3])
local dropped = drop(before(old, floor) and old or floor, limit)
local excess = length - dropped - ARGV[2]
if excess > 0 then
  dropped = dropped + drop(floor, math.min(limit, excess))
end
return {dropped, length - dropped, slowest}
