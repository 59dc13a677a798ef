-- bury moves an event to the dead letters, unless somebody else settled it.
-- KEYS[1] the stream that it came from   KEYS[2] the dead letters
-- ARGV[1] group   ARGV[2] entry in that stream   ARGV[3] 1 if nobody else reads that stream
-- ARGV[4..] fields of the dead letter
-- Returns 1 moved, 0 settled before, see later.lua
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  return 0
end
if ARGV[3] == '1' then
  redis.call('XDEL', KEYS[1], ARGV[2])
end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 4))
return 1
