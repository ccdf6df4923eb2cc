#!/usr/bin/env tarantool
-- Runs the benchmarks of peer_bench within Tarantool, on one of its kinds:
--
--   peer_bench_tarantool --peer=tarantool_memory|tarantool_sync|tarantool_async
--
-- All other flags are peer_bench's. CMake puts this beside the module.

local program = require('fio').abspath(arg[0])
local folder = program:match('^(.*)/')
package.cpath = folder .. '/?.so;' .. package.cpath
package.path = folder .. '/?.lua;' .. package.path

-- Processes that this one starts are of the same kind.
local kind = os.getenv('ORDERSTORE_BENCH_PEER')
local arguments = {'--folder=' .. folder}
for _, argument in ipairs(arg) do
  local flag = argument:match('^%-%-peer=(.*)$')
  if flag then kind = flag else table.insert(arguments, argument) end
end
if not kind then
  io.stderr:write('peer_bench_tarantool: --peer=KIND, one a process: ' ..
    'tarantool_memory, tarantool_sync, tarantool_async\n')
  os.exit(2)
end
os.setenv('ORDERSTORE_BENCH_PEER', kind)
os.setenv('ORDERSTORE_BENCH_PROGRAM', program)
require('peer_bench_tarantool')(kind, arguments)
