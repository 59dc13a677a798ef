-- recount adds up what the records of open holds have of one SKU, and puts
-- what is available right if it is asked to.
-- It reads the record of every open hold at once, and so stops Redis for a
-- while (some 5 ms for 1,000 holds): it is for a SKU that looks wrong.
-- KEYS[1] the index of holds   KEYS[2] the operation's record
-- KEYS[3] the SKU's available   KEYS[4] its on hand
-- ARGV[1] SKU   ARGV[2] what the keys of the orders' records begin with
-- ARGV[3] 'look' or 'mend'   ARGV[4] how long the operation's record is kept, ms   ARGV[5] why
-- Returns {on hand, held, held by the records} as they were
local values = redis.call('MGET', KEYS[3], KEYS[4])
local on_hand = tonumber(values[2]) or 0
local held, by_records = on_hand - (tonumber(values[1]) or 0), 0
for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
  local record = redis.call('GET', ARGV[2] .. id)
  if record then by_records = by_records + (cjson.decode(record).lines[ARGV[1]] or 0) end
end
local text = function(number) return string.format('%.0f', number) end
if ARGV[3] == 'mend' and held ~= by_records then
  local time = redis.call('TIME')
  redis.call('SET', KEYS[3], on_hand - by_records)
  redis.call('HSET', KEYS[2], 'contents', 'recount', 'answer', 'done', 'on_hand', text(on_hand), 'held', text(by_records),
    'at', string.format('%s%03d', time[1], math.floor(time[2] / 1000)), 'reason', ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return {text(on_hand), text(held), text(by_records)}
