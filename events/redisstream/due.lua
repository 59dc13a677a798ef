-- due hands the retries whose time has come to the consumer's own stream.
-- KEYS[1] the retries   KEYS[2] that stream
-- ARGV[1] how many at most
-- Returns how long until the next one is due, ms; -1 if none waits
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, retry in ipairs(due) do
  redis.call('XADD', KEYS[2], '*', 'retry', retry)
  redis.call('ZREM', KEYS[1], retry)
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if next[2] then
  return math.max(0, math.ceil(tonumber(next[2]) - now))
end
return -1
