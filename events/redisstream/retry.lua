-- retry notes that an ordered consumer failed and when it tries again.
-- KEYS[1] the lease   KEYS[2] the head: a hash of entry, failures and due (ms)
-- ARGV[1] fence   ARGV[2] entry, with its stream   ARGV[3] failures   ARGV[4] how long to wait, ms
-- Returns 1 noted, 0 the lease is another's
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[2], 'entry', ARGV[2], 'failures', ARGV[3], 'due', string.format('%.0f', now + ARGV[4]))
return 1
