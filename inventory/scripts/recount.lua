-- recount adds up what the records of open holds have of one SKU, and what was
-- put in and sold, and puts the level right if it is asked to.
-- It reads the record of every open hold at once, and so stops Redis for a
-- while (some 5 ms for 1,000 holds): it is for a SKU that looks wrong.
-- KEYS[1] the SKU's stock hash   KEYS[2] the index of holds   KEYS[3] the operation's record
-- ARGV[1] SKU   ARGV[2] what the keys of the orders' records begin with
-- ARGV[3] 'look' or 'mend'   ARGV[4] how long the operation's record is kept, ms   ARGV[5] why
-- Returns {on hand, held, on hand by the books, held by the records} as they were
local level = redis.call('HMGET', KEYS[1], 'on_hand', 'held', 'added', 'sold')
local by_records = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local lines = redis.call('HGET', ARGV[2] .. id, 'lines')
  if lines then by_records = by_records + (cjson.decode(lines)[ARGV[1]] or 0) end
end
local text = function(number) return string.format('%.0f', number) end
local by_books = (tonumber(level[3]) or 0) - (tonumber(level[4]) or 0)
local found = {level[1] or '0', level[2] or '0', text(by_books), text(by_records)}
if ARGV[3] == 'mend' and (found[1] ~= found[3] or found[2] ~= found[4]) then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'on_hand', found[3], 'held', found[4])
  redis.call('HSET', KEYS[3], 'contents', 'recount', 'answer', 'done', 'on_hand', found[3], 'held', found[4],
    'at', text(time[1] * 1000 + math.floor(time[2] / 1000)), 'reason', ARGV[5])
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end
return found
