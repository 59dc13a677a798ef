-- done settles the event that an ordered consumer handled, or buries it.
-- KEYS[1] the lease   KEYS[2] the head   KEYS[3] the stream that it came from   KEYS[4] the dead letters
-- ARGV[1] fence   ARGV[2] group   ARGV[3] entry   ARGV[4] 1 if nobody else reads that stream
-- ARGV[5..] fields of the dead letter; none if it was handled
-- Returns 1 settled, 0 the lease is another's
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return 0
end
local first = redis.call('XACK', KEYS[3], ARGV[2], ARGV[3]) == 1
if ARGV[4] == '1' then
  redis.call('XDEL', KEYS[3], ARGV[3])
end
redis.call('DEL', KEYS[2])
if first and #ARGV > 4 then
  redis.call('XADD', KEYS[4], '*', unpack(ARGV, 5))
end
return 1
