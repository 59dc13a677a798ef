-- release gives an order's held units back, and leaves a tombstone: a reserve
-- that arrives later holds nothing, also when there was nothing to give back.
-- KEYS[1] the order's record   KEYS[2] the index of holds   KEYS[3..] one stock hash a SKU
-- ARGV[1] fingerprint   ARGV[2] how long a closed record is kept, ms
-- ARGV[3] not used here, as for reserve   ARGV[4] order id
-- ARGV[5..] one quantity a SKU
-- Returns a word, the time in unix ms, and a text: 'released', 'fenced' nothing
-- was held, 'too late' it was committed, 'unbalanced' with k as the k-th SKU has
-- less held than this order holds, 'fingerprint' it was recorded for another body
local fingerprint, state, closed_at = unpack(redis.call('HMGET', KEYS[1], 'fingerprint', 'state', 'closed_at'))
if state and fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
if state == 'released' or state == 'fenced' then return {state, closed_at, ''} end
if state == 'committed' then return {'too late', '0', ''} end

local held = {}
if state == 'held' then
  for i = 3, #KEYS do
    held[i] = (tonumber(redis.call('HGET', KEYS[i], 'held')) or 0) - tonumber(ARGV[i + 2])
    if held[i] < 0 then return {'unbalanced', '0', tostring(i - 2)} end
  end
end

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local closed = 'fenced'
if state == 'held' then
  closed = 'released'
  for i = 3, #KEYS do
    redis.call('HSET', KEYS[i], 'held', string.format('%.0f', held[i]))
  end
  redis.call('ZREM', KEYS[2], ARGV[4])
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'state', closed, 'closed_at', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {closed, now, ''}
