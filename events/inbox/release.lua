-- release ends the lease of an attempt that took no effect.
-- KEYS[1] the event's record for this consumer
-- ARGV[1] token of the attempt
-- Returns 1 released, 0 not this attempt's any more
local record = redis.call('GET', KEYS[1])
if record and string.match(record, '^%d+ (.+)$') == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
