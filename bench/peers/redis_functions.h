// The functions that the Redis server runs, each at once and alone. Keys are
// told in redis_peer.h. Times and rows are packed by the client, but for the
// ids in them, which it does not know.

#ifndef ORDERSTORE_BENCH_PEERS_REDIS_FUNCTIONS_H_
#define ORDERSTORE_BENCH_PEERS_REDIS_FUNCTIONS_H_

namespace orderstore::bench {

inline constexpr const char* kRedisFunctions = R"(#!lua name=orderstore

-- Lua unpacks some thousands of arguments at most.
local kPage = 1000

local function get_all(keys)
  if #keys <= kPage then return redis.call('MGET', unpack(keys)) end
  local rows = {}
  for from = 1, #keys, kPage do
    local to = math.min(from + kPage - 1, #keys)
    for _, row in ipairs(redis.call('MGET', unpack(keys, from, to))) do
      rows[#rows + 1] = row
    end
  end
  return rows
end

-- Arguments: emails. Returns ids and rows, or nothing in their places.
local function customers_by_email(_, emails)
  local keys = {}
  for i, email in ipairs(emails) do keys[i] = 'e:' .. email end
  local ids = redis.call('MGET', unpack(keys))
  for i, id in ipairs(ids) do keys[i] = 'c:' .. (id or '') end
  return {ids, redis.call('MGET', unpack(keys))}
end

-- Argument: id of a customer. Returns ids and rows of its orders.
local function orders_of(_, args)
  local ids = redis.call('SMEMBERS', 'co:' .. args[1])
  if #ids == 0 then return {ids, {}} end
  local keys = {}
  for i, id in ipairs(ids) do keys[i] = 'o:' .. id end
  return {ids, get_all(keys)}
end

-- Argument: id of an order. Returns values and rows.
local function unused_barcodes_of(_, args)
  local values = redis.call('ZRANGE', 'ob:' .. args[1], 0, -1)
  if #values == 0 then return {values, {}} end
  local keys = {}
  for i, value in ipairs(values) do keys[i] = 'b:' .. value end
  local unused = {}
  local rows = {}
  for i, row in ipairs(get_all(keys)) do
    if string.byte(row, 21) == 0 then
      unused[#unused + 1] = values[i]
      rows[#rows + 1] = row
    end
  end
  return {unused, rows}
end

-- Arguments: both times, an email, the row of its customer if it is new, and
-- values. Returns the ids of the customer, the order, the first and the last
-- barcode.
local function checkout(_, args)
  local times, email, new_row = args[1], args[2], args[3]
  local taken = {}
  for i = 4, #args do
    local key = 'b:' .. args[i]
    if taken[key] or redis.call('EXISTS', key) == 1 then
      return redis.error_reply('ERR a barcode value is taken')
    end
    taken[key] = true
  end
  local customer = redis.call('GET', 'e:' .. email)
  if not customer then
    customer = redis.call('INCR', 'seq:customers')
    redis.call('MSET', 'c:' .. customer, new_row, 'e:' .. email, customer)
  end
  local order = redis.call('INCR', 'seq:orders')
  redis.call('SET', 'o:' .. order, times .. struct.pack('<i4', customer))
  redis.call('SADD', 'co:' .. customer, order)
  local count = #args - 3
  local last = redis.call('INCRBY', 'seq:barcodes', count)
  local begin = times .. struct.pack('<i4', order) .. '\0'
  local rows = {}
  local children = {}
  for i = 1, count do
    local id = last - count + i
    rows[2 * i - 1] = 'b:' .. args[i + 3]
    rows[2 * i] = begin .. struct.pack('<i4', id)
    children[2 * i - 1] = id
    children[2 * i] = args[i + 3]
  end
  redis.call('MSET', unpack(rows))
  redis.call('ZADD', 'ob:' .. order, unpack(children))
  redis.call('RPUSH', 'barcodes', unpack(args, 4))
  return {tonumber(customer), order, last - count + 1, last}
end

-- Arguments: a value, the time, and is_used as it shall be. Returns 1 if that
-- was a change of a barcode that is assigned.
local function set_used(_, args)
  local key = 'b:' .. args[1]
  local row = redis.call('GET', key)
  if not row or string.sub(row, 17, 20) == '\0\0\0\0' or
     string.sub(row, 21, 21) == args[3] then
    return 0
  end
  redis.call('SET', key, string.sub(row, 1, 8) .. args[2] ..
                         string.sub(row, 17, 20) .. args[3] ..
                         string.sub(row, 22))
  return 1
end

redis.register_function{function_name = 'customers_by_email',
                        callback = customers_by_email, flags = {'no-writes'}}
redis.register_function{function_name = 'orders_of',
                        callback = orders_of, flags = {'no-writes'}}
redis.register_function{function_name = 'unused_barcodes_of',
                        callback = unused_barcodes_of, flags = {'no-writes'}}
redis.register_function('checkout', checkout)
redis.register_function('set_used', set_used)
)";

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_REDIS_FUNCTIONS_H_
