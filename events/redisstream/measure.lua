-- measure tells how far the groups are.
-- KEYS[1] the stream
-- ARGV[1] how many entries to count at most, where Redis doesn't
-- Returns {length, now in ms, {group, pending, lag, id of the oldest event that it has not acknowledged or ''}…}
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {0, 0}
end
local function field(list, name)
  for i = 1, #list, 2 do
    if list[i] == name then
      return list[i + 1]
    end
  end
end
local about = redis.call('XINFO', 'STREAM', KEYS[1])
-- Redis 6 has no lag, and miniredis a wrong one.
local counts = field(about, 'entries-added')
local time = redis.call('TIME')
local result = {field(about, 'length'), time[1] * 1000 + math.floor(time[2] / 1000)}
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local delivered, lag = field(group, 'last-delivered-id'), field(group, 'lag')
  local after = '(' .. delivered
  if not counts or not lag then
    lag = #redis.call('XRANGE', KEYS[1], after, '+', 'COUNT', ARGV[1])
  end
  local pending = redis.call('XPENDING', KEYS[1], group[2])
  local oldest = pending[2] or ''
  if oldest == '' and lag > 0 then
    local first = redis.call('XRANGE', KEYS[1], after, '+', 'COUNT', 1)
    oldest = first[1] and first[1][1] or ''
  end
  result[#result + 1] = {group[2], pending[1], lag, oldest}
end
return result
