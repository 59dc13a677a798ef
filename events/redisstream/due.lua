-- due hands the retries whose time has come to the consumer's own stream.
-- KEYS[1] the retries   KEYS[2] that stream
-- ARGV[1] how many at most
-- Returns how many were due
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, retry in ipairs(due) do
  redis.call('XADD', KEYS[2], '*', 'retry', retry)
  redis.call('ZREM', KEYS[1], retry)
end
return #due
