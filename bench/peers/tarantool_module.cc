// peer_bench as a module that Tarantool loads, with the kinds of Tarantool
// alone; --answers=FILE compares their answers with those of peer_bench.
//
//   peer_bench_tarantool --peer=tarantool_sync --customers=100000
//
// That is tarantool_launcher.lua, which passes on what it is given.

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "checks.h"
#include "peer_benchmarks.h"
#include "peers/tarantool_api.h"
#include "peers/tarantool_peer.h"

namespace orderstore::bench {
namespace {

// As the main thread of a program has.
constexpr size_t kStackBytes = 8 << 20;

std::vector<PeerKind>& Kinds() {
  static auto& kinds = *new std::vector<PeerKind>;
  return kinds;
}

// False: there is none of this name.
bool AddKind(std::string_view name) {
  PeerKind kind;
  kind.name = name;
  kind.threads = false;
  kind.reopens = false;
  TarantoolMode mode = TarantoolMode::kMemory;
  if (name == "tarantool_memory") {
    kind.at_risk = "everything";
  } else if (name == "tarantool_sync") {
    mode = TarantoolMode::kSync;
    kind.at_risk = "nothing";
    kind.on_disk = true;
    kind.durable = true;
  } else if (name == "tarantool_async") {
    mode = TarantoolMode::kAsync;
    kind.at_risk = "what the system has not written, up to 30 s";
    kind.on_disk = true;
  } else {
    return false;
  }
  kind.make = [=](const std::string& path) {
    return MakeTarantoolPeer(path, mode);
  };
  Kinds().push_back(kind);
  return true;
}

int RunInFiber(va_list fiber_arguments) {
  auto& texts = *va_arg(fiber_arguments, std::vector<std::string>*);
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  return RunPeerProgram(static_cast<int>(arguments.size()), arguments.data());
}

// run(kind, arguments): ends the process. Tarantool, at an end of its own,
// would make the folder again that was removed, and a log in it.
[[noreturn]] int Run(lua_State* lua) {
  const std::string kind = luaL_checkstring(lua, 1);
  std::vector<std::string> arguments = {"peer_bench_tarantool"};
  const int count = static_cast<int>(lua_objlen(lua, 2));
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(lua, 2, i);
    arguments.emplace_back(lua_tolstring(lua, -1, nullptr));
    lua_pop(lua, 1);
  }
  if (!AddKind(kind)) Fail("--peer=" + kind + ": no such peer");

  fiber_attr* const attributes = fiber_attr_new();
  fiber_attr_setstacksize(attributes, kStackBytes);
  fiber* const program = fiber_new_ex("peer_bench", attributes, RunInFiber);
  Require(program != nullptr, "no memory for a fiber");
  fiber_set_joinable(program, true);
  fiber_start(program, &arguments);
  const int status = fiber_join(program);
  std::cout.flush();
  std::fflush(nullptr);
  std::_Exit(status);
}

}  // namespace

const std::vector<PeerKind>& PeerKinds() { return Kinds(); }

}  // namespace orderstore::bench

extern "C" int luaopen_peer_bench_tarantool(lua_State* lua) {
  lua_pushcfunction(lua, orderstore::bench::Run);
  return 1;
}
