-- What tarantool_peer.cc calls: open() configures Tarantool, make() gives the
-- functions of one peer, each a transaction of its own. Rows are given as
-- tuples, whose fields tarantool_peer.cc reads.

local fiber = require('fiber')
local fio = require('fio')
local new_table = require('table.new')

-- Made for each index, so that LuaJIT compiles them for it.

local function find(index)
  return function(key) return index:get(key) end
end

-- find(key, ...): the tuples, nil where there is none.
local function find_many(index)
  local out = new_table(32, 0)
  return function(...)
    local keys = {...}
    for i = 1, #keys do out[i] = index:get(keys[i]) end
    return unpack(out, 1, #keys)
  end
end

-- page(first, last): the rows of these ids in a table.
local function page(index)
  return function(first, last)
    local out = new_table(last - first + 1, 0)
    for id = first, last do out[id - first + 1] = index:get(id) end
    return out
  end
end

local function reading(spaces)
  local customers, orders, barcodes =
    spaces.customers, spaces.orders, spaces.barcodes
  local orders_by_customer = orders.index.customer
  local barcodes_by_order = barcodes.index.order
  local f = {
    find_customer = find(customers.index.id),
    find_customer_by_email = find(customers.index.email),
    find_order = find(orders.index.id),
    find_barcode_by_value = find(barcodes.index.value),
    find_customers = find_many(customers.index.id),
    find_customers_by_email = find_many(customers.index.email),
    find_orders = find_many(orders.index.id),
    find_barcodes_by_value = find_many(barcodes.index.value),
    customers_page = page(customers.index.id),
    orders_page = page(orders.index.id),
    barcodes_page = page(barcodes.index.id),
  }

  -- Tables, in id order.
  function f.orders_of(customer_id)
    return orders_by_customer:select({customer_id})
  end
  function f.unused_barcodes_of(order_id)
    return barcodes_by_order:select({order_id, false})
  end

  function f.counts()
    return customers:len(), orders:len(), barcodes:len()
  end
  function f.count_unassigned()
    return barcodes_by_order:count({box.NULL})
  end

  -- Customer, tickets, customer, ... of the k with the most, in a table, and
  -- how many they are.
  function f.top_customers(k)
    local tickets_of_order = new_table(orders:len(), 0)
    for id = 1, orders:len() do tickets_of_order[id] = 0 end
    for _, row in barcodes:pairs() do
      local id = row[3]
      if id ~= nil then tickets_of_order[id] = tickets_of_order[id] + 1 end
    end
    local tickets = new_table(customers:len(), 0)
    for id = 1, customers:len() do tickets[id] = 0 end
    for _, row in orders:pairs() do
      local id = row[2]
      tickets[id] = tickets[id] + tickets_of_order[row[1]]
    end
    local out = new_table(2 * k, 0)
    local n = 0
    for id = 1, customers:len() do
      local count = tickets[id]
      if count > 0 and (n < k or count > out[2 * n]) then
        if n < k then n = n + 1 end
        local at = n
        while at > 1 and out[2 * at - 2] < count do
          out[2 * at - 1], out[2 * at] = out[2 * at - 3], out[2 * at - 2]
          at = at - 1
        end
        out[2 * at - 1], out[2 * at] = id, count
      end
    end
    return out, n
  end
  return f
end

local function add_writing(spaces, f)
  local customers, orders, barcodes =
    spaces.customers, spaces.orders, spaces.barcodes
  local customer_by_email = customers.index.email
  local barcode_by_value = barcodes.index.value
  local last_customer, last_order, last_barcode =
    customers:len(), orders:len(), barcodes:len()

  -- checkout(now, email, name, value, ...): the ids of customer and order, and
  -- of the first and last barcode. Nothing waits before the commit.
  function f.checkout(now, email, name, ...)
    box.begin()
    local customer_id
    local row = customer_by_email:get(email)
    if row ~= nil then
      customer_id = row[1]
    else
      last_customer = last_customer + 1
      customer_id = last_customer
      customers:insert({customer_id, email, name, now, now})
    end
    last_order = last_order + 1
    local order_id = last_order
    orders:insert({order_id, customer_id, now, now})
    local first = last_barcode + 1
    local n = select('#', ...)
    for i = 1, n do
      last_barcode = last_barcode + 1
      barcodes:insert(
        {last_barcode, (select(i, ...)), order_id, false, now, now})
    end
    box.commit()
    return customer_id, order_id, first, first + n - 1
  end

  -- False: there is none, or it is unassigned, or it is so already.
  function f.set_used(now, value, is_used)
    local row = barcode_by_value:get(value)
    if row == nil or row[3] == nil or row[4] == is_used then return false end
    barcodes:update(row[1], {{'=', 4, is_used}, {'=', 6, now}})
    return true
  end

  -- load_*(now, rows, n): n rows, without what is the same in all, one behind
  -- the other.
  function f.load_customers(now, rows, n)
    box.begin()
    for i = 1, 2 * n, 2 do
      last_customer = last_customer + 1
      customers:insert({last_customer, rows[i], rows[i + 1], now, now})
    end
    box.commit()
  end
  function f.load_orders(now, rows, n)
    box.begin()
    for i = 1, n do
      if rows[i] > last_customer then error('an order refers to no customer') end
      last_order = last_order + 1
      orders:insert({last_order, rows[i], now, now})
    end
    box.commit()
  end
  function f.load_barcodes(now, rows, n)
    box.begin()
    for i = 1, 3 * n, 3 do
      local order_id = rows[i + 1]
      if order_id > last_order then error('a barcode refers to no order') end
      if order_id == 0 then order_id = box.NULL end
      last_barcode = last_barcode + 1
      barcodes:insert({last_barcode, rows[i], order_id, rows[i + 2], now, now})
    end
    box.commit()
  end
end

local function create_spaces(suffix)
  local customers = box.schema.space.create('customers' .. suffix, {format = {
    {'id', 'unsigned'}, {'email', 'string'}, {'name', 'string'},
    {'created_at', 'number'}, {'updated_at', 'number'}}})
  customers:create_index('id', {type = 'hash', parts = {'id'}})
  customers:create_index('email', {type = 'hash', parts = {'email'}})

  local orders = box.schema.space.create('orders' .. suffix, {format = {
    {'id', 'unsigned'}, {'customer_id', 'unsigned'},
    {'created_at', 'number'}, {'updated_at', 'number'}}})
  orders:create_index('id', {type = 'hash', parts = {'id'}})
  orders:create_index('customer',
    {type = 'tree', unique = false, parts = {'customer_id'}})

  local barcodes = box.schema.space.create('barcodes' .. suffix, {format = {
    {'id', 'unsigned'}, {'barcode_value', 'string'},
    {'order_id', 'unsigned', is_nullable = true}, {'is_used', 'boolean'},
    {'created_at', 'number'}, {'updated_at', 'number'}}})
  barcodes:create_index('id', {type = 'hash', parts = {'id'}})
  barcodes:create_index('value', {type = 'hash', parts = {'barcode_value'}})
  barcodes:create_index('order', {type = 'tree', unique = false,
    parts = {{'order_id', is_nullable = true}, {'is_used'}}})
end

-- The memory of a dropped space is freed by and by, by another fiber.
local function wait_until_freed()
  collectgarbage()
  collectgarbage()
  local same = 0
  local before = box.slab.info().arena_used
  while same < 100 do
    fiber.sleep(0)
    local now = box.slab.info().arena_used
    same = now == before and same + 1 or 0
    before = now
  end
end

local function sync(path)
  local file = fio.open(path, {'O_RDONLY'})
  if file == nil or not file:fsync() then error('cannot sync ' .. path) end
  file:close()
end

local peers = {}

-- At the first call of a process; `link` leads to the folder of the files.
function peers.open(link, wal_mode)
  box.cfg({
    memtx_dir = link, wal_dir = link, vinyl_dir = link,
    wal_mode = wal_mode,
    memtx_memory = 20 * 2^30,
    slab_alloc_factor = 1.05,
    checkpoint_interval = 0,
    wal_max_size = 2^50,
    log_level = 2,  -- errors
    feedback_enabled = false,
  })
end

-- A snapshot into the folder to which the link leads, and a new log there.
function peers.snapshot()
  box.snapshot()
end

-- The functions of the peer `number`, counted from 1. What the first finds in
-- its folder is its own; others start empty.
function peers.make(number)
  local suffix = tostring(number)
  if number == 1 then
    for name in pairs(box.space) do
      suffix = tostring(name):match('^customers(%d+)$') or suffix
    end
  end
  if box.space['customers' .. suffix] == nil then create_spaces(suffix) end
  local spaces = {
    customers = box.space['customers' .. suffix],
    orders = box.space['orders' .. suffix],
    barcodes = box.space['barcodes' .. suffix],
  }
  local f = reading(spaces)
  add_writing(spaces, f)

  function f.memory_bytes()
    return tonumber(box.slab.info().arena_used)
  end
  function f.drop()
    for _, space in pairs(spaces) do space:drop() end
    wait_until_freed()
  end
  function f.backup(path)
    box.snapshot()
    for _, file in ipairs(box.backup.start()) do
      local copy = fio.pathjoin(path, fio.basename(file))
      local linked, message = fio.link(file, copy)
      if not linked then error(message) end
    end
    box.backup.stop()
    sync(path)
  end
  return f
end

return peers
