-- claim leases an event to one attempt, unless it was handled or is leased.
-- KEYS[1] the event's record for this consumer
-- ARGV[1] token of the attempt   ARGV[2] lease, ms   ARGV[3] how long records are kept, ms
-- Returns 1 leased to this attempt, 0 handled before, -1 leased to another
--
-- It is safe to repeat: a claim whose answer was lost is granted again.
--
-- A lease ends by comparing timestamps of Redis' own clock: consumers' clocks
-- may differ, and a key that has expired may still be there on a replica.
--
-- The client repeats the call when its reply was lost: an attempt whose lease
-- this is already has it, or nobody would act on the event until it ends.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local record = redis.call('GET', KEYS[1])
if record == 'done' then
  return 0
end
if record then
  local ends, token = string.match(record, '^(%d+) (.+)$')
  if ends and tonumber(ends) > now and token ~= ARGV[1] then
    return -1
  end
end
redis.call('SET', KEYS[1], string.format('%.0f %s', now + ARGV[2], ARGV[1]), 'PX', ARGV[3])
return 1
