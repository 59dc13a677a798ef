-- redriven takes a letter off the open ones, once its consumer has it back.
-- KEYS[1] the letter's record   KEYS[2] open letters   KEYS[3] redriven ones
-- KEYS[4] marked letters of its consumer   KEYS[5] the last place
-- ARGV[1] id   ARGV[2] the death that was redriven
-- Returns 1 taken off, 0 it has died again, or somebody else took it off
--
-- The record stays, without the body: it tells what became of the letter, and
-- that a death handed over once more is an old one.
local record = redis.call('HMGET', KEYS[1], 'death', 'state')
if record[1] ~= ARGV[2] or record[2] ~= 'redriving' then
  return 0
end
local time = redis.call('TIME')
local place = redis.call('INCR', KEYS[5])
redis.call('HDEL', KEYS[1], 'body')
redis.call('HSET', KEYS[1], 'state', 'redriven', 'place', place,
  'closed', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], place, ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
return 1
