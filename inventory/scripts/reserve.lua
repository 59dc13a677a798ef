-- reserve holds the quantity of every SKU for an order, or of none.
-- It reads the order's record before the stock, so that a retry after a lost
-- reply is never a false shortage.
-- KEYS[1] the order's record   KEYS[2] the index of holds   KEYS[3..] one stock hash a SKU
-- ARGV[1] fingerprint   ARGV[2] how long a closed record is kept, ms
-- ARGV[3] the quantities by SKU as JSON, kept for the audit   ARGV[4] order id
-- ARGV[5..] one quantity a SKU
-- Returns a word, the time in unix ms, and a text: 'held',
-- 'short' with 'k available …' for the k-th SKUs, 'fenced' it was released before,
-- 'fingerprint' it was recorded for another body
local fingerprint, state, reserved_at, closed_at, shortages =
  unpack(redis.call('HMGET', KEYS[1], 'fingerprint', 'state', 'reserved_at', 'closed_at', 'shortages'))
if state then
  if fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
  if state == 'short' then return {'short', reserved_at, shortages} end
  if state == 'released' or state == 'fenced' then return {'fenced', closed_at, ''} end
  return {'held', reserved_at, ''}
end

-- Numbers become text with %.0f: Lua's own conversion rounds beyond 14 digits.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))

local held, short = {}, {}
for i = 3, #KEYS do
  local level = redis.call('HMGET', KEYS[i], 'on_hand', 'held')
  local before = tonumber(level[2]) or 0
  local available = (tonumber(level[1]) or 0) - before
  local asked = tonumber(ARGV[i + 2])
  if asked > available then
    short[#short + 1] = string.format('%d %.0f', i - 2, math.max(available, 0))
  end
  held[i] = before + asked
end

-- Every read and check is done: nothing below can fail after the first write.
if #short > 0 then
  shortages = table.concat(short, ' ')
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'state', 'short', 'reserved_at', now,
    'lines', ARGV[3], 'shortages', shortages)
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {'short', now, shortages}
end
for i = 3, #KEYS do
  redis.call('HSET', KEYS[i], 'held', string.format('%.0f', held[i]))
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'state', 'held', 'reserved_at', now, 'lines', ARGV[3])
redis.call('ZADD', KEYS[2], now, ARGV[4])
return {'held', now, ''}
