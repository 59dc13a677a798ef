-- discard takes a letter off the open ones for good.
-- KEYS[1] the letter's record   KEYS[2] open letters   KEYS[3] discarded ones
-- KEYS[4] marked letters of its consumer   KEYS[5] when letters end   KEYS[6] the last place
-- ARGV[1] id   ARGV[2] by whom   ARGV[3] why   ARGV[4] how long it is kept from now on, ms
-- Returns {'done'}, {'before', by, why} it was discarded, {'redriven'} its event
-- is or may be on its way, {'unknown'}
--
-- A redrive that was asked for and not begun is called off.
local state, by, why = unpack(redis.call('HMGET', KEYS[1], 'state', 'by', 'why'))
if not state then
  return {'unknown'}
elseif state == 'discarded' then
  return {'before', by, why}
elseif state == 'redriven' then
  return {'redriven'}
elseif state == 'redriving' and tonumber(redis.call('ZSCORE', KEYS[4], ARGV[1]) or 0) > 0 then
  return {'redriven'}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local place = redis.call('INCR', KEYS[6])
redis.call('HSET', KEYS[1], 'state', 'discarded', 'by', ARGV[2], 'why', ARGV[3], 'place', place,
  'closed', string.format('%.0f', now))
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], place, ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZADD', KEYS[5], now + ARGV[4], ARGV[1])
return {'done'}
