// Tarantool's module API, and Lua's.

#ifndef ORDERSTORE_BENCH_PEERS_TARANTOOL_API_H_
#define ORDERSTORE_BENCH_PEERS_TARANTOOL_API_H_

#include <tarantool/module.h>

#include <tarantool/lua.hpp>

// Words of C++ that module.h redefines for compilers it does not know.
#undef alignas
#undef alignof

#endif  // ORDERSTORE_BENCH_PEERS_TARANTOOL_API_H_
