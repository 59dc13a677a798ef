-- renew makes an attempt's lease last from now, while it is the attempt's.
-- KEYS[1] the event's record for this consumer
-- ARGV[1] token of the attempt   ARGV[2] lease, ms   ARGV[3] how long records are kept, ms
-- Returns 1 renewed, 0 not this attempt's any more
--
-- A lease that has ended is renewed if nobody has claimed the event since.
local record = redis.call('GET', KEYS[1])
if not record or string.match(record, '^%d+ (.+)$') ~= ARGV[1] then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], string.format('%.0f %s', now + ARGV[2], ARGV[1]), 'PX', ARGV[3])
return 1
