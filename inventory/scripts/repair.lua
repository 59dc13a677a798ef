-- repair puts an order's record in the state that the histories show, and the
-- stock with it, whatever that does to the level: what was shipped has left.
-- KEYS as for commit, and at last the repair's own record   ARGV[1..4] as for
-- reserve, then one quantity a SKU, and at last the state to put it in, the state
-- it was seen in ('' if there was no record), why
-- Returns a word, the time in unix ms, and a text: 'repaired', 'changed' it is no
-- longer in the state it was seen in, 'unknown' with k as the k-th SKU is not in
-- stock, 'unbalanced' with k as that has less held than this order holds,
-- 'fingerprint' it was recorded for another body
local values = redis.call('MGET', unpack(KEYS, 2, #KEYS - 1))
local record = values[1] and cjson.decode(values[1]) or {}
local state, to, seen, why = record.state, ARGV[#ARGV - 2], ARGV[#ARGV - 1], ARGV[#ARGV]
if state and record.fingerprint ~= ARGV[1] then return {'fingerprint', '0', ''} end
if (state or '') ~= seen then return {'changed', '0', state or ''} end

local moves = function(s) return s == 'held' or s == 'committed' end
local writes = {}
for i = 1, (moves(state) or moves(to)) and #ARGV - 7 or 0 do
  local available, on_hand = tonumber(values[3 * i - 1]) or 0, tonumber(values[3 * i])
  local sold, quantity = tonumber(values[3 * i + 1]) or 0, tonumber(ARGV[i + 4])
  if not on_hand then return {'unknown', '0', tostring(i)} end
  if state == 'held' then
    available = available + quantity
    if available > on_hand then return {'unbalanced', '0', tostring(i)} end
  end
  if state == 'committed' then available, on_hand, sold = available + quantity, on_hand + quantity, sold - quantity end
  if to == 'held' then available = available - quantity end
  if to == 'committed' then available, on_hand, sold = available - quantity, on_hand - quantity, sold + quantity end
  for k, number in ipairs({available, on_hand, sold}) do
    writes[#writes + 1] = KEYS[3 * i + k - 1]
    writes[#writes + 1] = number
  end
end

local time = redis.call('TIME')
local now = string.format('%s%03d', time[1], math.floor(time[2] / 1000))
local since = record.reserved_at and string.format('%.0f', record.reserved_at) or now
local body = '{"state":"' .. to .. '","fingerprint":"' .. ARGV[1] .. '","reserved_at":' .. since .. ',"lines":' .. ARGV[3]
if #writes > 0 then redis.call('MSET', unpack(writes)) end
if to == 'held' then
  redis.call('SET', KEYS[2], body .. '}')
  redis.call('HSET', KEYS[1], ARGV[4], since)
else
  redis.call('SET', KEYS[2], body .. ',"closed_at":' .. now .. '}', 'PX', ARGV[2])
  redis.call('HDEL', KEYS[1], ARGV[4])
end
redis.call('HSET', KEYS[#KEYS], 'contents', 'repair', 'order', ARGV[4], 'from', seen, 'to', to, 'at', now, 'reason', why)
redis.call('PEXPIRE', KEYS[#KEYS], ARGV[2])
return {'repaired', now, ''}
