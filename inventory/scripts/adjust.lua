-- adjust changes what is on hand of one SKU, once an operation.
-- KEYS[1] the operation's record   KEYS[2] the SKU's stock hash   KEYS[3] the index of SKUs
-- ARGV[1] contents: what the operation id stands for   ARGV[2] how long its record is kept, ms
-- ARGV[3] SKU   ARGV[4] 'set' or 'add'   ARGV[5] units to set or add   ARGV[6] the largest on hand
-- ARGV[7] reason, kept for the audit
-- Returns {'done' | 'unknown' | 'below held' | 'limit', on hand, held} with the level after it,
-- {'contents'} the operation id was used for something else
local contents, answer, on_hand, held = unpack(redis.call('HMGET', KEYS[1], 'contents', 'answer', 'on_hand', 'held'))
if answer then
  if contents ~= ARGV[1] then return {'contents'} end
  return {answer, on_hand, held}
end

local level = redis.call('HMGET', KEYS[2], 'on_hand', 'held', 'added')
local known = level[1]
local before, units = tonumber(level[1]) or 0, tonumber(ARGV[5])
held = tonumber(level[2]) or 0
local after = units
if ARGV[4] == 'add' then after = before + units end

answer = 'done'
if not known and ARGV[4] == 'add' and units <= 0 then
  answer = 'unknown'
elseif after < held and after < before then
  answer = 'below held'
elseif after > tonumber(ARGV[6]) then
  answer = 'limit'
end
if answer ~= 'done' then after = before end

-- Numbers become text with %.0f: Lua's own conversion rounds beyond 14 digits.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
on_hand, held = string.format('%.0f', after), string.format('%.0f', held)
redis.call('HSET', KEYS[1], 'contents', ARGV[1], 'answer', answer, 'on_hand', on_hand, 'held', held,
  'at', now, 'reason', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if answer == 'done' then
  local added = string.format('%.0f', (tonumber(level[3]) or before) + after - before)
  redis.call('HSET', KEYS[2], 'on_hand', on_hand, 'held', held, 'added', added)
  if not known then redis.call('ZADD', KEYS[3], 0, ARGV[3]) end
end
return {answer, on_hand, held}
