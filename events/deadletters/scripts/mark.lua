-- mark asks for the redrive of dead letters of one consumer.
-- KEYS[1] marked letters of the consumer   KEYS[2..] the letters' records
-- ARGV[1..] their ids, in the same order
-- Returns the state of each after it, '' of one that is unknown
local states = {}
for i, id in ipairs(ARGV) do
  local record = KEYS[i + 1]
  local state = redis.call('HGET', record, 'state') or ''
  if state == 'dead' then
    state = 'redriving'
    redis.call('HSET', record, 'state', state)
    redis.call('ZADD', KEYS[1], 0, id)
  end
  states[i] = state
end
return states
