-- commit takes an order's held units out of the stock.
-- KEYS[1] the order's record   KEYS[2] the index of holds   KEYS[3..] one stock hash a SKU
-- ARGV[1] fingerprint   ARGV[2] how long a closed record is kept, ms
-- ARGV[3] not used here, as for reserve   ARGV[4] order id
-- ARGV[5..] one quantity a SKU
-- Returns a word, the time in unix ms, and a text: 'committed', 'not held' with
-- the record's state if there is one, 'unbalanced' with k as the k-th SKU has
-- less than is held for this order, 'fingerprint' it was recorded for another body
local fingerprint, state, closed_at = unpack(redis.call('HMGET', KEYS[1], 'fingerprint', 'state', 'closed_at'))
if not state then return {'not held', '0', ''} end
if fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
if state == 'committed' then return {'committed', closed_at, ''} end
if state ~= 'held' then return {'not held', '0', state} end

local on_hand, held = {}, {}
for i = 3, #KEYS do
  local level = redis.call('HMGET', KEYS[i], 'on_hand', 'held')
  local quantity = tonumber(ARGV[i + 2])
  on_hand[i] = (tonumber(level[1]) or 0) - quantity
  held[i] = (tonumber(level[2]) or 0) - quantity
  if on_hand[i] < 0 or held[i] < 0 then return {'unbalanced', '0', tostring(i - 2)} end
end

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for i = 3, #KEYS do
  redis.call('HSET', KEYS[i], 'on_hand', string.format('%.0f', on_hand[i]), 'held', string.format('%.0f', held[i]))
  redis.call('HINCRBY', KEYS[i], 'sold', ARGV[i + 2])
end
redis.call('ZREM', KEYS[2], ARGV[4])
redis.call('HSET', KEYS[1], 'state', 'committed', 'closed_at', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'committed', now, ''}
