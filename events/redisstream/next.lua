-- next hands an ordered consumer's active member the entries that come next.
-- KEYS[1] the lease   KEYS[2] the consumer's own stream   KEYS[3] the stream
-- ARGV[1] fence   ARGV[2] group   ARGV[3] member   ARGV[4] how many at most
-- Returns {2 or 3, entries}: from which of KEYS; {0, id}: there are none after
-- that one; {-1}: the lease is another's
--
-- Never a plain XREADGROUP: a member that was frozen when it asked would be
-- handed what belongs to its successor.
--
-- It is safe to repeat, as the client does by itself when a reply was lost: who
-- asks has settled all that it was handed, so what is pending with it was in
-- that reply.
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return {-1}
end
for _, from in ipairs({'0', '>'}) do
  for i = 2, 3 do
    local read = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[3], 'COUNT', ARGV[4], 'STREAMS', KEYS[i], from)
    if read and #read[1][2] > 0 then
      return {i, read[1][2]}
    end
  end
end
local about = redis.call('XINFO', 'STREAM', KEYS[3])
for i = 1, #about, 2 do
  if about[i] == 'last-generated-id' then
    return {0, about[i + 1]}
  end
end
return {0, '0-0'}
