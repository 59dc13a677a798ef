-- recount adds up what the records of open holds have of one SKU, and what was
-- put in and sold, and puts the level right if it is asked to.
-- It reads the record of every open hold at once, and so stops Redis for a
-- while (some 3 ms for 1,000 holds): it is for a SKU that looks wrong.
-- KEYS[1] the index of holds   KEYS[2] the operation's record
-- KEYS[3..6] the SKU's available, on hand, added, sold
-- ARGV[1] SKU   ARGV[2] what the keys of the orders' records begin with: which
-- of them it reads is known from KEYS[1] only, and all have its hash tag
-- ARGV[3] 'look' or 'mend'   ARGV[4] how long the operation's record is kept, ms   ARGV[5] why
-- Returns {on hand, held, on hand by the books, held by the records} as they were
local values = redis.call('MGET', unpack(KEYS, 3))
local on_hand, by_books = tonumber(values[2]) or 0, (tonumber(values[3]) or 0) - (tonumber(values[4]) or 0)
local held, by_records = on_hand - (tonumber(values[1]) or 0), 0
for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
  local written = redis.call('GET', ARGV[2] .. id)
  local record = written and cjson.decode(written) or {}
  if record.state == 'held' then by_records = by_records + (record.lines[ARGV[1]] or 0) end
end
local text = function(number) return string.format('%.0f', number) end
if ARGV[3] == 'mend' and (on_hand ~= by_books or held ~= by_records) then
  local time = redis.call('TIME')
  redis.call('MSET', KEYS[3], by_books - by_records, KEYS[4], by_books)
  redis.call('HSET', KEYS[2], 'contents', 'recount', 'sku', ARGV[1], 'on_hand', text(by_books), 'held', text(by_records),
    'at', string.format('%s%03d', time[1], math.floor(time[2] / 1000)), 'reason', ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return {text(on_hand), text(held), text(by_books), text(by_records)}
