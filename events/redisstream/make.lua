-- make creates the groups that are missing.
-- KEYS[1] the stream   KEYS[2..n+1] the groups' own streams, of retries that were due
-- ARGV[1..n] the groups
-- Returns how many were made
--
-- The first groups of a stream begin at its beginning: it may have been written
-- to since they were lost. A later one is a new consumer's, and begins with
-- what comes next, as a new queue does.
local known, from = {}, '0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    known[group[2]], from = true, '$'
  end
end
local made = 0
for i, group in ipairs(ARGV) do
  if not known[group] then
    redis.call('XGROUP', 'CREATE', KEYS[1], group, from, 'MKSTREAM')
    known[group], made = true, made + 1
  end
  local answer = redis.pcall('XGROUP', 'CREATE', KEYS[i + 1], group, '0', 'MKSTREAM')
  if type(answer) == 'table' and answer.err and not string.find(answer.err, 'BUSYGROUP', 1, true) then
    return answer
  end
end
return made
