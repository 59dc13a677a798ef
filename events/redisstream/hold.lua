-- hold gives the lease of an ordered consumer to the member, unless another
-- has it, and extends it if the member has it.
-- KEYS[1] the lease: a hash of member, ends (ms) and fence, which counts how
-- often it changed hands
-- ARGV[1] member   ARGV[2] how long, ms
-- Returns {fence, 0} held, {0, ms} another's for that long
--
-- A lease ends by Redis' own clock: processes' clocks may differ.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('HMGET', KEYS[1], 'member', 'ends', 'fence')
local fence = tonumber(lease[3] or '0')
if lease[1] ~= ARGV[1] then
  local left = tonumber(lease[2] or '0') - now
  if left > 0 then
    return {0, left}
  end
  fence = fence + 1
end
redis.call('HSET', KEYS[1], 'member', ARGV[1], 'ends', string.format('%.0f', now + ARGV[2]), 'fence', fence)
return {fence, 0}
