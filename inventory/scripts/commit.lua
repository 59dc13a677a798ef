-- commit takes an order's held units out of the stock.
-- KEYS[1] the index of holds   KEYS[2] the order's record
-- KEYS[3..] three a SKU: available, on hand, sold   ARGV as for reserve
-- Returns a word, the time in unix ms, and a text: 'committed', 'not held' with
-- the record's state if there is one, 'unbalanced' with k as the k-th SKU has
-- less than is held for this order, 'fingerprint' it was recorded for another body
local values = redis.call('MGET', unpack(KEYS, 2))
if not values[1] then return {'not held', '0', ''} end
local record = cjson.decode(values[1])
if record.fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
if record.state == 'committed' then return {'committed', string.format('%.0f', record.closed_at), ''} end
if record.state ~= 'held' then return {'not held', '0', record.state} end

local writes = {}
for i = 1, #ARGV - 4 do
  local available, on_hand = tonumber(values[3 * i - 1]) or 0, tonumber(values[3 * i]) or 0
  local quantity = tonumber(ARGV[i + 4])
  if quantity > on_hand or quantity > on_hand - available then return {'unbalanced', '0', tostring(i)} end
  writes[#writes + 1] = KEYS[3 * i + 1]
  writes[#writes + 1] = on_hand - quantity
  writes[#writes + 1] = KEYS[3 * i + 2]
  writes[#writes + 1] = (tonumber(values[3 * i + 1]) or 0) + quantity
end

local time = redis.call('TIME')
local now = string.format('%s%03d', time[1], math.floor(time[2] / 1000))
redis.call('MSET', unpack(writes))
redis.call('HDEL', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], '{"state":"committed","fingerprint":"' .. ARGV[1]
  .. '","reserved_at":' .. string.format('%.0f', record.reserved_at)
  .. ',"closed_at":' .. now .. ',"lines":' .. ARGV[3] .. '}', 'PX', ARGV[2])
return {'committed', now, ''}
