#include "peers/tarantool_peer.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <filesystem>
#include <utility>

#include "checks.h"
#include "fixtures.h"
#include "peers/lua_thread.h"
#include "peers/tarantool_api.h"
#include "peers/tuple_fields.h"
#include "scratch_folder.h"

namespace orderstore::bench {
namespace {

// ---- Functions of tarantool_peer.lua ---------------------------------------

// A field of the table at the top of the stack.
class Function : public LuaReference {
 public:
  Function(lua_State* lua, const char* name)
      : LuaReference((lua_getfield(lua, -1, name), lua)) {}
};

// Those of one peer, from the table at the top of the stack.
struct Functions {
  explicit Functions(lua_State* table) : lua(table) {}

  lua_State* const lua;  // while it is made
  const Function find_customer{lua, "find_customer"};
  const Function find_customer_by_email{lua, "find_customer_by_email"};
  const Function find_order{lua, "find_order"};
  const Function find_barcode_by_value{lua, "find_barcode_by_value"};
  const Function find_customers{lua, "find_customers"};
  const Function find_customers_by_email{lua, "find_customers_by_email"};
  const Function find_orders{lua, "find_orders"};
  const Function find_barcodes_by_value{lua, "find_barcodes_by_value"};
  const Function orders_of{lua, "orders_of"};
  const Function unused_barcodes_of{lua, "unused_barcodes_of"};
  const Function top_customers{lua, "top_customers"};
  const Function count_unassigned{lua, "count_unassigned"};
  const Function counts{lua, "counts"};
  const Function customers_page{lua, "customers_page"};
  const Function orders_page{lua, "orders_page"};
  const Function barcodes_page{lua, "barcodes_page"};
  const Function checkout{lua, "checkout"};
  const Function set_used{lua, "set_used"};
  const Function load_customers{lua, "load_customers"};
  const Function load_orders{lua, "load_orders"};
  const Function load_barcodes{lua, "load_barcodes"};
  const Function memory_bytes{lua, "memory_bytes"};
  const Function backup{lua, "backup"};
  const Function drop{lua, "drop"};
};

// Calls a function of the table that the Lua file returns.
template <typename... Arguments>
void CallPeers(LuaThread& lua, const char* name, int results,
               const Arguments&... arguments) {
  lua_State* const state = lua.state();
  lua_settop(state, 0);
  lua_getglobal(state, "require");
  lua_pushliteral(state, "tarantool_peer");
  Require(lua_pcall(state, 1, 1, 0) == 0, "cannot load tarantool_peer.lua");
  const Function function(state, name);
  lua.Call(function, results, arguments...);
}

// ---- Rows ------------------------------------------------------------------

// Timestamps are in seconds.
double SecondsNow() {
  return static_cast<double>(ToMicroseconds(PeerNow())) / 1e6;
}
Timestamp Time(TupleFields& fields) {
  return FromMicroseconds(std::llround(fields.Number() * 1e6));
}

void Take(TupleFields fields, Customer& row) {
  row.id = CustomerId(fields.Int());
  row.email = fields.Text();
  row.name = fields.Text();
  row.created_at = Time(fields);
  row.updated_at = Time(fields);
}
void Take(TupleFields fields, Order& row) {
  row.id = OrderId(fields.Int());
  row.customer_id = CustomerId(fields.Int());
  row.created_at = Time(fields);
  row.updated_at = Time(fields);
}
void Take(TupleFields fields, Barcode& row) {
  row.id = BarcodeId(fields.Int());
  row.value = fields.Text();
  const OrderId order(fields.Int());
  row.order_id = order.valid() ? std::optional(order) : std::nullopt;
  row.is_used = fields.Bool();
  row.created_at = Time(fields);
  row.updated_at = Time(fields);
}
template <typename Row>
void Take(box_tuple_t* tuple, std::optional<Row>& row) {
  row.reset();
  if (tuple != nullptr) Take(TupleFields(tuple), row.emplace());
}

// ---- Reading ---------------------------------------------------------------

class TarantoolReader : public PeerReader {
 public:
  explicit TarantoolReader(const Functions& functions)
      : functions_(functions) {}

  std::optional<Customer> FindCustomer(CustomerId id) override {
    return FindOne<Customer>(functions_.find_customer, id.value());
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) override {
    return FindOne<Customer>(functions_.find_customer_by_email, email);
  }
  std::optional<Order> FindOrder(OrderId id) override {
    return FindOne<Order>(functions_.find_order, id.value());
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) override {
    return FindOne<Barcode>(functions_.find_barcode_by_value, value);
  }

  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) override {
    FindMany(functions_.find_customers, ids, rows);
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) override {
    FindMany(functions_.find_orders, ids, rows);
  }
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) override {
    FindMany(functions_.find_customers_by_email, emails, rows);
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) override {
    FindMany(functions_.find_barcodes_by_value, values, rows);
  }

  std::vector<Order> OrdersOf(CustomerId id) override {
    return FindChildren<Order>(functions_.orders_of, id.value());
  }
  std::vector<Barcode> UnusedBarcodesOf(OrderId id) override {
    return FindChildren<Barcode>(functions_.unused_barcodes_of, id.value());
  }

  std::vector<CustomerTickets> TopCustomers(size_t k) override {
    lua_.Call(functions_.top_customers, 2, static_cast<int32_t>(k));
    std::vector<CustomerTickets> lines;
    const int n = lua_.Int(2);
    for (int i = 1; i <= 2 * n; i += 2) {
      lines.push_back({CustomerId(lua_.IntInTable(i)), lua_.IntInTable(i + 1)});
    }
    return lines;
  }
  int64_t CountUnassigned() override {
    lua_.Call(functions_.count_unassigned, 1);
    return lua_.Int(1);
  }
  EveryRow ReadEveryRow() override {
    lua_.Call(functions_.counts, 3);
    const int32_t customers = lua_.Int(1);
    const int32_t orders = lua_.Int(2);
    const int32_t barcodes = lua_.Int(3);
    EveryRow rows;
    AddTable<Customer>(functions_.customers_page, customers, rows);
    AddTable<Order>(functions_.orders_page, orders, rows);
    AddTable<Barcode>(functions_.barcodes_page, barcodes, rows);
    return rows;
  }

 private:
  static std::string_view Argument(std::string_view text) { return text; }
  template <typename RowId>
  static int32_t Argument(RowId id) {
    return id.value();
  }

  template <typename Row, typename Key>
  std::optional<Row> FindOne(const Function& find, Key key) {
    lua_.Call(find, 1, key);
    std::optional<Row> row;
    Take(lua_.Tuple(1), row);
    return row;
  }

  template <typename Row, typename Key>
  void FindMany(const Function& find, std::span<const Key> keys,
                std::span<std::optional<Row>> rows) {
    lua_.Begin(find);
    for (const Key& key : keys) lua_.Push(Argument(key));
    const int n = static_cast<int>(keys.size());
    lua_.End(n);
    for (int i = 0; i < n; ++i) {
      Take(lua_.Tuple(i + 1), rows[static_cast<size_t>(i)]);
    }
  }

  template <typename Row>
  std::vector<Row> FindChildren(const Function& find, int32_t parent) {
    lua_.Call(find, 1, parent);
    std::vector<Row> rows(static_cast<size_t>(lua_.TableSize()));
    int at = 0;
    for (Row& row : rows) Take(TupleFields(lua_.TupleInTable(++at)), row);
    return rows;
  }

  template <typename Row>
  void AddTable(const Function& page, int32_t count, EveryRow& rows) {
    constexpr int32_t kPage = 1024;
    Row row;
    for (int32_t first = 1; first <= count; first += kPage) {
      const int32_t last = std::min(count, first + kPage - 1);
      lua_.Call(page, 1, first, last);
      for (int32_t i = 1; i <= last - first + 1; ++i) {
        Take(TupleFields(lua_.TupleInTable(i)), row);
        rows.Add(row);
      }
    }
  }

  const Functions& functions_;
  LuaThread lua_;
};

// ---- Writing ---------------------------------------------------------------

class TarantoolWriter : public PeerWriter {
 public:
  explicit TarantoolWriter(const Functions& functions)
      : functions_(functions) {}

  Sale Checkout(const Buyer& buyer,
                std::span<const std::string_view> values) override {
    lua_.Begin(functions_.checkout);
    lua_.Push(SecondsNow());
    lua_.Push(buyer.email);
    lua_.Push(buyer.name);
    for (std::string_view value : values) lua_.Push(value);
    lua_.End(4);
    return {CustomerId(lua_.Int(1)), OrderId(lua_.Int(2)),
            BarcodeId(lua_.Int(3)), BarcodeId(lua_.Int(4))};
  }
  bool Redeem(std::string_view value) override { return SetUsed(value, true); }
  bool Unredeem(std::string_view value) override {
    return SetUsed(value, false);
  }

 private:
  bool SetUsed(std::string_view value, bool is_used) {
    lua_.Call(functions_.set_used, 1, SecondsNow(), value, is_used);
    return lua_.Bool(1);
  }

  const Functions& functions_;
  LuaThread lua_;
};

// ---- Loading ---------------------------------------------------------------

// Rows without what is the same in all, one behind the other in a table.
class Page {
 public:
  explicit Page(size_t values) {
    lua_createtable(luaT_state(), static_cast<int>(values), 0);
    table_.emplace(luaT_state());
    table_->Push(lua_.state());
  }

  void Add(std::string_view text) {
    lua_.Push(text);
    Set();
  }
  void Add(int32_t number) {
    lua_.Push(number);
    Set();
  }
  void Add(bool value) {
    lua_.Push(value);
    Set();
  }

  // load(now, rows, n).
  void Load(const Function& load, double now, size_t n) {
    lua_.Call(load, 0, now, *table_, static_cast<int32_t>(n));
  }

 private:
  void Set() { lua_rawseti(lua_.state(), 1, ++size_); }

  LuaThread lua_;
  std::optional<LuaReference> table_;
  int size_ = 0;
};

// add(row number, page) adds `width` values.
template <typename AddRow>
void LoadTable(const Function& load, int32_t count, size_t width, AddRow add) {
  constexpr size_t kPage = 4096;
  const auto rows = static_cast<size_t>(count);
  const double now = SecondsNow();
  for (size_t first = 0; first < rows; first += kPage) {
    const size_t end = std::min(rows, first + kPage);
    Page page(kPage * width);
    for (size_t i = first; i < end; ++i) add(i, page);
    page.Load(load, now, end - first);
  }
}

// ---- The peer --------------------------------------------------------------

const char* WalMode(TarantoolMode mode) {
  return mode == TarantoolMode::kMemory ? "none"
         : mode == TarantoolMode::kSync ? "fsync"
                                        : "write";
}

// Lets Tarantool, which takes its folder once, use this one from now on.
void UseFolder(const std::string& path, TarantoolMode mode) {
  namespace fs = std::filesystem;
  static const std::string& link = *new std::string(FreshPath("tarantool"));
  const bool first = !fs::is_symlink(fs::symlink_status(link));
  fs::remove(link);
  fs::create_directory_symlink(fs::absolute(path), link);
  LuaThread lua;
  if (first) {
    CallPeers(lua, "open", 0, std::string_view(link),
              std::string_view(WalMode(mode)));
  } else if (mode != TarantoolMode::kMemory) {
    CallPeers(lua, "snapshot", 0);
  }
}

// The functions of a new peer.
std::unique_ptr<Functions> MakeFunctions() {
  static int32_t number = 0;
  LuaThread lua;
  CallPeers(lua, "make", 1, ++number);
  return std::make_unique<Functions>(lua.state());
}

struct FiberWork {
  std::function<void()> work;
  struct fiber* fiber = nullptr;
};

int RunFiberWork(va_list arguments) {
  va_arg(arguments, FiberWork*)->work();
  return 0;
}

// A fiber that has not started; fiber_join() ends it.
FiberWork NewFiber(std::function<void()> work) {
  struct fiber* const fiber = fiber_new("peer_bench", RunFiberWork);
  Require(fiber != nullptr, "no memory for a fiber");
  fiber_set_joinable(fiber, true);
  return {std::move(work), fiber};
}

class TarantoolPeer : public Peer {
 public:
  TarantoolPeer(const std::string& path, TarantoolMode mode) : mode_(mode) {
    UseFolder(path, mode);
    functions_ = MakeFunctions();
  }
  ~TarantoolPeer() override {
    LuaThread lua;
    lua.Call(functions_->drop, 0);
  }

  void Load(const Workload& data) override {
    LoadTable(functions_->load_customers, data.customers(), 2,
              [&](size_t i, Page& page) {
                page.Add(data.email(i));
                page.Add(data.name(i));
              });
    LoadTable(functions_->load_orders, data.orders(), 1,
              [&](size_t i, Page& page) {
                page.Add(data.order_customer(i).value());
              });
    LoadTable(functions_->load_barcodes, data.barcodes(), 3,
              [&](size_t i, Page& page) {
                page.Add(data.barcode_value(i));
                page.Add(data.barcode_order(i).value());
                page.Add(data.barcode_used(i));
              });
    if (mode_ == TarantoolMode::kAsync) WriteSnapshot();
  }
  void Checkpoint() override {
    if (mode_ == TarantoolMode::kSync) WriteSnapshot();
  }

  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<TarantoolReader>(*functions_);
  }
  std::unique_ptr<PeerWriter> NewWriter() override {
    return std::make_unique<TarantoolWriter>(*functions_);
  }

  void Backup(const std::string& path) override {
    Require(std::filesystem::create_directory(path), "cannot make a folder");
    LuaThread lua;
    lua.Call(functions_->backup, 0, std::string_view(path));
  }
  std::unique_ptr<Peer> OpenBackup(const std::string&) override {
    Fail("a process opens Tarantool once");
  }
  void Close() override { Fail("Tarantool is closed when its process ends"); }
  void Reopen() override { Fail("a process opens Tarantool once"); }

  // Of tuples and indexes.
  int64_t MemoryBytes() override {
    LuaThread lua;
    lua.Call(functions_->memory_bytes, 1);
    return static_cast<int64_t>(lua.Number(1));
  }

  double RunTogether(int n, const std::function<void(int)>& work) override {
    std::vector<FiberWork> fibers;
    for (int i = 0; i < n; ++i) {
      fibers.push_back(NewFiber([&work, i] { work(i); }));
    }
    const auto start = std::chrono::steady_clock::now();
    for (FiberWork& fiber : fibers) fiber_start(fiber.fiber, &fiber);
    for (FiberWork& fiber : fibers) fiber_join(fiber.fiber);
    return SecondsSince(start);
  }
  std::function<void()> RunBeside(std::function<void()> work) override {
    auto fiber = std::make_shared<FiberWork>(NewFiber(std::move(work)));
    fiber_start(fiber->fiber, fiber.get());
    return [=] { fiber_join(fiber->fiber); };
  }

 private:
  static void WriteSnapshot() {
    LuaThread lua;
    CallPeers(lua, "snapshot", 0);
  }

  const TarantoolMode mode_;
  std::unique_ptr<Functions> functions_;
};

}  // namespace

std::unique_ptr<Peer> MakeTarantoolPeer(const std::string& path,
                                        TarantoolMode mode) {
  return std::make_unique<TarantoolPeer>(path, mode);
}

}  // namespace orderstore::bench
