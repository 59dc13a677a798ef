-- later acknowledges an event and puts it among the retries, in one step.
-- KEYS[1] the retries   KEYS[2] the stream that it came from
-- ARGV[1] group   ARGV[2] entry in that stream   ARGV[3] the retry, as due.lua hands it on
-- ARGV[4] how long to wait, ms
-- Returns 1
--
-- Due by Redis' own clock, which due.lua reads too.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[3])
redis.call('XACK', KEYS[2], ARGV[1], ARGV[2])
return 1
