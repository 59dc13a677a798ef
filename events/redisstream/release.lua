-- release ends the member's lease, so that another takes it at once.
-- KEYS[1] the lease   ARGV[1] fence
-- Returns 1 ended, 0 another's
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'ends', 0, 'member', '')
return 1
