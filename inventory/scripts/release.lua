-- release gives an order's held units back, and leaves a tombstone: a reserve
-- that arrives later holds nothing, also when there was nothing to give back.
-- KEYS as for commit   ARGV as for reserve
-- Returns a word, the time in unix ms, and a text: 'released', 'fenced' nothing
-- was held, 'too late' it was committed, 'unbalanced' with k as the k-th SKU has
-- less held than this order holds, 'fingerprint' it was recorded for another body
local values = redis.call('MGET', unpack(KEYS, 2))
local record = values[1] and cjson.decode(values[1]) or {}
local state = record.state
if state and record.fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
if state == 'released' or state == 'fenced' then return {state, string.format('%.0f', record.closed_at), ''} end
if state == 'committed' then return {'too late', '0', ''} end

local closed, since, writes = 'fenced', '', {}
if state == 'held' then
  closed, since = 'released', ',"reserved_at":' .. string.format('%.0f', record.reserved_at)
  for i = 1, #ARGV - 4 do
    local available, on_hand = tonumber(values[3 * i - 1]) or 0, tonumber(values[3 * i]) or 0
    local quantity = tonumber(ARGV[i + 4])
    if quantity > on_hand - available then return {'unbalanced', '0', tostring(i)} end
    writes[#writes + 1] = KEYS[3 * i]
    writes[#writes + 1] = available + quantity
  end
end

local time = redis.call('TIME')
local now = string.format('%s%03d', time[1], math.floor(time[2] / 1000))
if closed == 'released' then
  redis.call('MSET', unpack(writes))
  redis.call('HDEL', KEYS[1], ARGV[4])
end
redis.call('SET', KEYS[2], '{"state":"' .. closed .. '","fingerprint":"' .. ARGV[1] .. '"' .. since
  .. ',"closed_at":' .. now .. ',"lines":' .. ARGV[3] .. '}', 'PX', ARGV[2])
return {closed, now, ''}
