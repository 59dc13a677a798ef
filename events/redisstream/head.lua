-- head tells which event an ordered consumer tries again.
-- KEYS[1] the head
-- Returns {entry with its stream, failures, ms until it is due}, or {} if none
local head = redis.call('HMGET', KEYS[1], 'entry', 'failures', 'due')
if not head[1] then
  return {}
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {head[1], head[2], math.max(0, tonumber(head[3]) - now)}
