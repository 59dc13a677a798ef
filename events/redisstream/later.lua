-- later moves an event to the retries, unless somebody else settled it.
-- KEYS[1] the stream that it came from   KEYS[2] the retries
-- ARGV[1] group   ARGV[2] entry in that stream   ARGV[3] 1 if nobody else reads that stream
-- ARGV[4] how long to wait, ms   ARGV[5] the retry, as due.lua hands it on
-- Returns 1 moved, 0 settled before: by a member that took it over, or by an
-- earlier run of this call, whose reply was lost
--
-- Due by Redis' own clock, which due.lua reads too.
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  return 0
end
if ARGV[3] == '1' then
  redis.call('XDEL', KEYS[1], ARGV[2])
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[5])
return 1
