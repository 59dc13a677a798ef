-- expire forgets a letter whose end was claimed.
-- KEYS[1] the letter's record   KEYS[2] open letters   KEYS[3] redriven ones   KEYS[4] discarded ones
-- KEYS[5] marked letters of its consumer   KEYS[6] when letters end   KEYS[7] letters by order
-- ARGV[1] id   ARGV[2] the end of the claim's lease   ARGV[3] order id
-- Returns 1 forgotten, 0 it has got another end since then
if tonumber(redis.call('ZSCORE', KEYS[6], ARGV[1]) or 0) ~= tonumber(ARGV[2]) then
  return 0
end
redis.call('DEL', KEYS[1])
for i = 2, 6 do
  redis.call('ZREM', KEYS[i], ARGV[1])
end
redis.call('ZREM', KEYS[7], ARGV[3] .. '\0' .. ARGV[1])
return 1
