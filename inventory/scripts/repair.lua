-- repair puts an order's record in the state that the histories show, and the
-- stock with it, whatever that does to the level: what was shipped has left.
-- KEYS as for commit   ARGV[1..4] as for reserve, then one quantity a SKU, and at
-- last the state to put it in, the state it was seen in ('' if there was no
-- record), why as JSON
-- Returns a word, the time in unix ms, and a text: 'repaired', 'changed' it is no
-- longer in the state it was seen in, 'unknown' with k as the k-th SKU is not in
-- stock, 'unbalanced' with k as that has less held than this order holds,
-- 'fingerprint' it was recorded for another body
local values = redis.call('MGET', unpack(KEYS, 2))
local record = values[1] and cjson.decode(values[1]) or {}
local state, to, seen, why = record.state, ARGV[#ARGV - 2], ARGV[#ARGV - 1], ARGV[#ARGV]
if state and record.fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
if (state or '') ~= seen then return {'changed', '0', state or ''} end

local writes = {}
for i = 1, #ARGV - 7 do
  local available, on_hand = tonumber(values[2 * i]) or 0, tonumber(values[2 * i + 1])
  local quantity = tonumber(ARGV[i + 4])
  if not on_hand then return {'unknown', '0', tostring(i)} end
  if state == 'held' then
    available = available + quantity
    if available > on_hand then return {'unbalanced', '0', tostring(i)} end
  end
  if state == 'committed' then available, on_hand = available + quantity, on_hand + quantity end
  if to == 'held' then available = available - quantity end
  if to == 'committed' then available, on_hand = available - quantity, on_hand - quantity end
  writes[#writes + 1] = KEYS[2 * i + 1]
  writes[#writes + 1] = available
  writes[#writes + 1] = KEYS[2 * i + 2]
  writes[#writes + 1] = on_hand
end

local time = redis.call('TIME')
local now = string.format('%s%03d', time[1], math.floor(time[2] / 1000))
local since = record.reserved_at and string.format('%.0f', record.reserved_at) or now
local repaired = '{"state":"' .. to .. '","fingerprint":"' .. ARGV[1] .. '","reserved_at":' .. since
  .. ',"repaired_at":' .. now .. ',"repaired_from":"' .. seen .. '","reason":' .. why .. ',"lines":' .. ARGV[3]
redis.call('MSET', unpack(writes))
if to == 'held' then
  redis.call('SET', KEYS[2], repaired .. '}')
  redis.call('HSET', KEYS[1], ARGV[4], since)
else
  redis.call('SET', KEYS[2], repaired .. ',"closed_at":' .. now .. '}', 'PX', ARGV[2])
  redis.call('HDEL', KEYS[1], ARGV[4])
end
return {'repaired', now, ''}
