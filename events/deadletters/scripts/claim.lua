-- claim leases letters that wait for something to one process.
-- KEYS[1] letters by when they may be claimed, unix ms: marked ones, or all by their end
-- ARGV[1] how many at most   ARGV[2] lease, ms
-- Returns the end of the lease, unix ms, and then the ids
--
-- By Redis' own clock: processes' clocks may differ.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = string.format('%.0f', now + ARGV[2])
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[1], ends, id)
end
table.insert(ids, 1, ends)
return ids
