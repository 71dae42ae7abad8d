-- A bucket by the generic cell rate algorithm: the key holds the time at which it is full again,
-- in microseconds of the clock of Redis, and lives no longer than that.
-- KEYS[1] the bucket; ARGV: microseconds for one, how many it holds, how many are wanted (below
-- zero: how many are given back). Answers: how many were had, how many are left, and where none
-- was had the microseconds until one is there.
local each, holds, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now) or now, now)
-- A value that no rate of ours could have written counts as an empty bucket.
full = math.min(full, now + holds * each)
local left = math.floor((now + holds * each - full) / each)
local had = math.min(wanted, left)
full = math.max(full + had * each, now)
if had ~= 0 then
    local lives = math.ceil((full - now) / 1000)
    if lives > 0 then
        redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', lives)
    else
        redis.call('DEL', KEYS[1])
    end
end
local wait = 0
if had == 0 then
    wait = full + each - holds * each - now
end
return { had, left - had, math.ceil(wait) }
