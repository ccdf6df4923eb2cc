// Calls of Lua functions within Tarantool. A fiber that may wait needs a Lua
// thread, which is a stack, of its own.
//
//   LuaThread lua;
//   lua.Call(function, 2, "text", 5);  // two results
//   lua.Int(1);

#ifndef ORDERSTORE_BENCH_PEERS_LUA_THREAD_H_
#define ORDERSTORE_BENCH_PEERS_LUA_THREAD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "checks.h"
#include "peers/tarantool_api.h"

namespace orderstore::bench {

// A Lua value that lives as long as this.
class LuaReference {
 public:
  LuaReference() = default;
  // Takes the value from the top of the stack.
  explicit LuaReference(lua_State* from)
      : number_(luaL_ref(from, LUA_REGISTRYINDEX)) {}
  LuaReference(const LuaReference&) = delete;
  LuaReference& operator=(const LuaReference&) = delete;
  ~LuaReference() { luaL_unref(luaT_state(), LUA_REGISTRYINDEX, number_); }

  void Push(lua_State* to) const {
    lua_rawgeti(to, LUA_REGISTRYINDEX, number_);
  }

 private:
  const int number_ = LUA_NOREF;
};

class LuaThread {
 public:
  LuaThread() : state_(lua_newthread(luaT_state())), anchor_(luaT_state()) {
    Require(lua_checkstack(state_, kStackMax) != 0, "no memory for Lua");
  }

  // Results are at 1, 2, ... and live until the next call. Any
  // number of them: LUA_MULTRET. An error ends the process.
  template <typename... Arguments>
  void Call(const LuaReference& function, int results,
            const Arguments&... arguments) {
    Begin(function);
    (Push(arguments), ...);
    End(results);
  }
  // In steps, where the number of arguments is not known.
  void Begin(const LuaReference& function) {
    lua_settop(state_, 0);
    function.Push(state_);
  }
  void Push(double number) { lua_pushnumber(state_, number); }
  void Push(int32_t number) { lua_pushinteger(state_, number); }
  void Push(bool value) { lua_pushboolean(state_, value); }
  void Push(std::string_view text) {
    lua_pushlstring(state_, text.data(), text.size());
  }
  void Push(const LuaReference& reference) { reference.Push(state_); }
  void End(int results) {
    if (lua_pcall(state_, lua_gettop(state_) - 1, results, 0) != 0)
        [[unlikely]] {
      Fail(std::string("Tarantool: ") + luaT_tolstring(state_, -1, nullptr));
    }
  }

  int32_t Int(int at) const {
    return static_cast<int32_t>(lua_tointeger(state_, at));
  }
  double Number(int at) const { return lua_tonumber(state_, at); }
  bool Bool(int at) const { return lua_toboolean(state_, at) != 0; }
  // Null: it is none.
  box_tuple_t* Tuple(int at) const {
    return lua_isnoneornil(state_, at) ? nullptr : luaT_istuple(state_, at);
  }

  // Of the table at 1.
  int TableSize() const { return static_cast<int>(lua_objlen(state_, 1)); }
  int32_t IntInTable(int i) {
    lua_rawgeti(state_, 1, i);
    const int32_t number = Int(-1);
    lua_pop(state_, 1);
    return number;
  }
  // Lives as long as the table.
  box_tuple_t* TupleInTable(int i) {
    lua_rawgeti(state_, 1, i);
    box_tuple_t* const tuple = Tuple(-1);
    lua_pop(state_, 1);
    return tuple;
  }

  lua_State* state() { return state_; }

 private:
  // The keys of a batch, and a few more values.
  static constexpr int kStackMax = 64;

  lua_State* const state_;
  const LuaReference anchor_;  // holds the thread
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_LUA_THREAD_H_
