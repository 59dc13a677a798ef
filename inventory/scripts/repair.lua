-- repair puts an order's record in the state that the histories show, and the
-- stock with it, whatever that does to the level: what was shipped has left.
-- KEYS and ARGV[1..4] as for reserve, then one quantity a SKU, and at last
-- the state to put it in, the state it was seen in ('' if there was no record), why
-- Returns a word, the time in unix ms, and a text: 'repaired', 'changed' it is no
-- longer in the state it was seen in, 'unknown' with k as the k-th SKU is not in
-- stock, 'unbalanced' with k as that has less held than this order holds, 'fingerprint' it was recorded for another body
local fingerprint, state, reserved_at = unpack(redis.call('HMGET', KEYS[1], 'fingerprint', 'state', 'reserved_at'))
local to, seen, why = ARGV[#ARGV - 2], ARGV[#ARGV - 1], ARGV[#ARGV]
if state and fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
if (state or '') ~= seen then return {'changed', '0', state or ''} end

local on_hand, held, sold = {}, {}, {}
for i = 3, #KEYS do
  local level = redis.call('HMGET', KEYS[i], 'on_hand', 'held', 'sold')
  if not level[1] then return {'unknown', '0', tostring(i - 2)} end
  local quantity = tonumber(ARGV[i + 2])
  on_hand[i], held[i], sold[i] = tonumber(level[1]) or 0, tonumber(level[2]) or 0, tonumber(level[3]) or 0
  if state == 'held' then held[i] = held[i] - quantity end
  if held[i] < 0 then return {'unbalanced', '0', tostring(i - 2)} end
  if state == 'committed' then on_hand[i], sold[i] = on_hand[i] + quantity, sold[i] - quantity end
  if to == 'held' then held[i] = held[i] + quantity end
  if to == 'committed' then on_hand[i], sold[i] = on_hand[i] - quantity, sold[i] + quantity end
end

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for i = 3, #KEYS do
  redis.call('HSET', KEYS[i], 'on_hand', string.format('%.0f', on_hand[i]),
    'held', string.format('%.0f', held[i]), 'sold', string.format('%.0f', sold[i]))
end
reserved_at = reserved_at or now
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'state', to, 'lines', ARGV[3],
  'reserved_at', reserved_at, 'repaired_at', now, 'repaired_from', seen, 'reason', why)
if to == 'held' then
  redis.call('PERSIST', KEYS[1])
  redis.call('ZADD', KEYS[2], reserved_at, ARGV[4])
else
  redis.call('HSET', KEYS[1], 'closed_at', now)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  redis.call('ZREM', KEYS[2], ARGV[4])
end
return {'repaired', now, ''}
