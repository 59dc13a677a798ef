-- mark records that an event was handled, whoever has its lease.
-- KEYS[1] the event's record for this consumer
-- ARGV[1] how long records are kept, ms
-- Returns 1
redis.call('SET', KEYS[1], 'done', 'PX', ARGV[1])
return 1
