-- reserve holds the quantity of every SKU for an order, or of none.
-- It looks at the order's record before the stock, so that a retry after a lost
-- reply is never a false shortage.
-- KEYS[1] the index of holds   KEYS[2] the order's record   KEYS[3..] one available a SKU
-- ARGV[1] fingerprint   ARGV[2] how long a closed record is kept, ms
-- ARGV[3] the quantities by SKU as JSON, for the record   ARGV[4] order id
-- ARGV[5..] one quantity a SKU
-- Returns a word, the time in unix ms, and a text: 'held',
-- 'short' with 'k available …' for the k-th SKUs, 'fenced' it was released before,
-- 'fingerprint' it was recorded for another body
local values = redis.call('MGET', unpack(KEYS, 2))
if values[1] then
  local record = cjson.decode(values[1])
  if record.fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
  -- Numbers become text with %.0f: Lua's own conversion rounds beyond 14 digits.
  local at = function(time) return string.format('%.0f', time) end
  if record.state == 'short' then return {'short', at(record.reserved_at), record.shortages} end
  if record.state == 'released' or record.state == 'fenced' then return {'fenced', at(record.closed_at), ''} end
  return {'held', at(record.reserved_at), ''}
end

local writes, short = {}, {}
for i = 3, #KEYS do
  local available, asked = tonumber(values[i - 1]) or 0, tonumber(ARGV[i + 2])
  if asked > available then
    short[#short + 1] = string.format('%d %.0f', i - 2, math.max(available, 0))
  end
  writes[2 * i - 5], writes[2 * i - 4] = KEYS[i], available - asked
end

local time = redis.call('TIME')
local now = string.format('%s%03d', time[1], math.floor(time[2] / 1000))
if #short > 0 then
  local shortages = table.concat(short, ' ')
  redis.call('SET', KEYS[2], '{"state":"short","fingerprint":"' .. ARGV[1] .. '","reserved_at":' .. now
    .. ',"lines":' .. ARGV[3] .. ',"shortages":"' .. shortages .. '"}', 'PX', ARGV[2])
  return {'short', now, shortages}
end
redis.call('MSET', KEYS[2], '{"state":"held","fingerprint":"' .. ARGV[1] .. '","reserved_at":' .. now
  .. ',"lines":' .. ARGV[3] .. '}', unpack(writes))
redis.call('HSET', KEYS[1], ARGV[4], now)
return {'held', now, ''}
