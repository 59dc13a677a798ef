-- adjust changes what is on hand of one SKU, once an operation.
-- KEYS[1] the index of SKUs   KEYS[2] the operation's record
-- KEYS[3] the SKU's available   KEYS[4] its on hand   KEYS[5] what was ever added to it
-- ARGV[1] contents: what the operation id stands for   ARGV[2] how long its record is kept, ms
-- ARGV[3] SKU   ARGV[4] 'set' or 'add'   ARGV[5] units to set or add   ARGV[6] the largest on hand
-- ARGV[7] reason, kept for the audit
-- Returns {'done' | 'unknown' | 'below held' | 'limit', on hand, held} with the level after it,
-- {'contents'} the operation id was used for something else
local contents, answer, on_hand, held = unpack(redis.call('HMGET', KEYS[2], 'contents', 'answer', 'on_hand', 'held'))
if answer then
  if contents ~= ARGV[1] then return {'contents'} end
  return {answer, on_hand, held}
end

local values = redis.call('MGET', KEYS[3], KEYS[4])
local known, units = values[2], tonumber(ARGV[5])
local available, before = tonumber(values[1]) or 0, tonumber(values[2]) or 0
held = before - available
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

if answer == 'done' then
  redis.call('INCRBY', KEYS[5], after - before) -- the only one that can fail: at 2^63
  redis.call('MSET', KEYS[3], after - held, KEYS[4], after)
  if not known then redis.call('ZADD', KEYS[1], 0, ARGV[3]) end
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[2], 'contents', ARGV[1], 'answer', answer, 'on_hand', after, 'held', held,
  'at', string.format('%s%03d', time[1], math.floor(time[2] / 1000)), 'reason', ARGV[7])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
-- Numbers become text with %.0f: Lua's own conversion rounds beyond 14 digits.
return {answer, string.format('%.0f', after), string.format('%.0f', held)}
