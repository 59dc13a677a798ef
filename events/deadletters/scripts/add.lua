-- add makes a letter of an event's death, once for each death.
-- KEYS[1] the letter's record   KEYS[2] open letters   KEYS[3] redriven ones   KEYS[4] discarded ones
-- KEYS[5] marked letters of its consumer   KEYS[6] when letters end   KEYS[7] letters by order   KEYS[8] the last place
-- ARGV[1] id   ARGV[2] what tells this death from others   ARGV[3] facts   ARGV[4] body
-- ARGV[5] order id, or ''   ARGV[6] how long the letter is kept, ms
-- Returns 1 added, 0 known before
--
-- A letter that dies again is a letter again, with its new facts, in the first
-- place. Only a redrive that was asked for and not begun is still to come:
-- this death was none of its doing. The death before is known too: a process
-- that was frozen may hand it over once more after the next one.
local death, before = unpack(redis.call('HMGET', KEYS[1], 'death', 'before'))
if death == ARGV[2] or before == ARGV[2] then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local place = redis.call('INCR', KEYS[8])
local state = 'dead'
local marked = redis.call('ZSCORE', KEYS[5], ARGV[1])
if marked and tonumber(marked) == 0 then
  state = 'redriving'
else
  redis.call('ZREM', KEYS[5], ARGV[1])
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'death', ARGV[2], 'facts', ARGV[3], 'body', ARGV[4], 'state', state,
  'place', place, 'died', string.format('%.0f', now))
if death then
  redis.call('HSET', KEYS[1], 'before', death)
end
redis.call('ZADD', KEYS[2], place, ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZADD', KEYS[6], now + ARGV[6], ARGV[1])
if ARGV[5] ~= '' then
  redis.call('ZADD', KEYS[7], 0, ARGV[5] .. '\0' .. ARGV[1])
end
return 1
