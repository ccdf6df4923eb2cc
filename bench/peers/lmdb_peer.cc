#include "peers/lmdb_peer.h"

#include <fcntl.h>
#include <lmdb.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "checks.h"
#include "peers/row_coding.h"
#include "peers/sorted_rows.h"
#include "peers/ticket_tally.h"

namespace orderstore::bench {
namespace {

void Check(int code) {
  if (code != 0) [[unlikely]] {
    Fail(mdb_strerror(code));
  }
}

MDB_val Val(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
// Of a number that lives.
MDB_val Val(const int32_t& number) {
  return {sizeof(number), const_cast<int32_t*>(&number)};
}
std::string_view Bytes(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}
int32_t Number(const MDB_val& value) {
  std::string_view bytes = Bytes(value);
  return TakeNumber<int32_t>(bytes);
}

struct Tables {
  MDB_dbi customers;
  MDB_dbi emails;
  MDB_dbi orders;
  MDB_dbi orders_of;
  MDB_dbi barcodes;
  MDB_dbi values;
  MDB_dbi barcodes_of;
};

// The ids that were given last; guarded by LMDB's lock of writers.
struct LastIds {
  int32_t customer = 0;
  int32_t order = 0;
  int32_t barcode = 0;
};

class Cursor {
 public:
  Cursor(MDB_txn* txn, MDB_dbi table) {
    Check(mdb_cursor_open(txn, table, &cursor_));
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor() { mdb_cursor_close(cursor_); }

  // For another transaction that reads.
  void Renew(MDB_txn* txn) { Check(mdb_cursor_renew(txn, cursor_)); }

  // False: there is nothing.
  bool Go(MDB_cursor_op op) {
    const int code = mdb_cursor_get(cursor_, &key_, &value_, op);
    if (code == MDB_NOTFOUND) return false;
    Check(code);
    return true;
  }
  bool GoTo(const int32_t& key) {
    key_ = Val(key);
    return Go(MDB_SET);
  }
  int32_t key() const { return Number(key_); }
  const MDB_val& value() const { return value_; }
  // Of this key.
  int64_t CountDuplicates() {
    size_t count = 0;
    Check(mdb_cursor_count(cursor_, &count));
    return static_cast<int64_t>(count);
  }

 private:
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_ = {};
  MDB_val value_ = {};
};

// ---- Reading ---------------------------------------------------------------

class LmdbReader : public PeerReader {
 public:
  LmdbReader(MDB_env* env, const Tables& tables) : tables_(tables) {
    Check(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn_));
    orders_of_.emplace(txn_, tables_.orders_of);
    barcodes_of_.emplace(txn_, tables_.barcodes_of);
  }
  ~LmdbReader() override {
    orders_of_.reset();
    barcodes_of_.reset();
    mdb_txn_abort(txn_);
  }

  void BeginRead() override {
    Renew();
    reads_together_ = true;
  }
  void EndRead() override { reads_together_ = false; }

  std::optional<Customer> FindCustomer(CustomerId id) override {
    Renew();
    return FindById<Customer>(tables_.customers, id.value());
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) override {
    Renew();
    return FindByText<Customer>(tables_.emails, tables_.customers, email);
  }
  std::optional<Order> FindOrder(OrderId id) override {
    Renew();
    return FindById<Order>(tables_.orders, id.value());
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) override {
    Renew();
    return FindByText<Barcode>(tables_.values, tables_.barcodes, value);
  }
  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) override {
    Renew();
    for (size_t i = 0; i < ids.size(); ++i) {
      rows[i] = FindById<Customer>(tables_.customers, ids[i].value());
    }
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) override {
    Renew();
    for (size_t i = 0; i < ids.size(); ++i) {
      rows[i] = FindById<Order>(tables_.orders, ids[i].value());
    }
  }
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) override {
    Renew();
    for (size_t i = 0; i < emails.size(); ++i) {
      rows[i] =
          FindByText<Customer>(tables_.emails, tables_.customers, emails[i]);
    }
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) override {
    Renew();
    for (size_t i = 0; i < values.size(); ++i) {
      rows[i] =
          FindByText<Barcode>(tables_.values, tables_.barcodes, values[i]);
    }
  }

  std::vector<Order> OrdersOf(CustomerId id) override {
    Renew();
    return FindChildren<Order>(*orders_of_, tables_.orders, id.value(),
                               [](const Order&) { return true; });
  }
  std::vector<Barcode> UnusedBarcodesOf(OrderId id) override {
    Renew();
    return FindChildren<Barcode>(
        *barcodes_of_, tables_.barcodes, id.value(),
        [](const Barcode& row) { return !row.is_used; });
  }

  // Two cursors side by side, as both tables are sorted by order.
  std::vector<CustomerTickets> TopCustomers(size_t k) override {
    Renew();
    TicketTally tally;
    Cursor orders(txn_, tables_.orders);
    Cursor barcodes(txn_, tables_.barcodes_of);
    Order order;
    for (bool more = barcodes.Go(MDB_FIRST); more;
         more = barcodes.Go(MDB_NEXT_NODUP)) {
      if (barcodes.key() == 0) continue;
      while (order.id.value() < barcodes.key()) {
        Require(orders.Go(MDB_NEXT), "a barcode refers to no order");
        DecodeRow(orders.key(), Bytes(orders.value()), order);
      }
      tally.Add(order.customer_id, barcodes.CountDuplicates());
    }
    return tally.Top(k);
  }
  int64_t CountUnassigned() override {
    Renew();
    barcodes_of_->Renew(txn_);
    return barcodes_of_->GoTo(0) ? barcodes_of_->CountDuplicates() : 0;
  }

  EveryRow ReadEveryRow() override {
    Renew();
    EveryRow rows;
    const auto add = [&](const auto& row) { rows.Add(row); };
    ForEach<Customer>(tables_.customers, add);
    ForEach<Order>(tables_.orders, add);
    ForEach<Barcode>(tables_.barcodes, add);
    return rows;
  }

 private:
  // Ends what the last call has read, and begins a read of the newest state.
  void Renew() {
    if (reads_together_) return;
    mdb_txn_reset(txn_);
    Check(mdb_txn_renew(txn_));
  }

  template <typename Row>
  std::optional<Row> FindById(MDB_dbi table, const int32_t& id) {
    MDB_val key = Val(id);
    MDB_val bytes;
    const int code = mdb_get(txn_, table, &key, &bytes);
    std::optional<Row> row;
    if (code == MDB_NOTFOUND) return row;
    Check(code);
    DecodeRow(id, Bytes(bytes), row.emplace());
    return row;
  }
  template <typename Row>
  std::optional<Row> FindByText(MDB_dbi index, MDB_dbi table,
                                std::string_view text) {
    MDB_val key = Val(text);
    MDB_val id;
    const int code = mdb_get(txn_, index, &key, &id);
    if (code == MDB_NOTFOUND) return std::nullopt;
    Check(code);
    return FindById<Row>(table, Number(id));
  }
  template <typename Row, typename Filter>
  std::vector<Row> FindChildren(Cursor& cursor, MDB_dbi table,
                                const int32_t& parent, Filter filter) {
    std::vector<Row> rows;
    cursor.Renew(txn_);
    for (bool more = cursor.GoTo(parent); more;
         more = cursor.Go(MDB_NEXT_DUP)) {
      const std::optional<Row> row =
          FindById<Row>(table, Number(cursor.value()));
      Require(row.has_value(), "an index of LMDB refers to no row");
      if (filter(*row)) rows.push_back(*row);
    }
    return rows;
  }
  template <typename Row, typename Fn>
  void ForEach(MDB_dbi table, Fn fn) {
    Cursor cursor(txn_, table);
    Row row;
    for (bool more = cursor.Go(MDB_FIRST); more; more = cursor.Go(MDB_NEXT)) {
      DecodeRow(cursor.key(), Bytes(cursor.value()), row);
      fn(row);
    }
  }
  const Tables tables_;
  MDB_txn* txn_ = nullptr;
  bool reads_together_ = false;
  std::optional<Cursor> orders_of_;
  std::optional<Cursor> barcodes_of_;
};

// ---- Writing ---------------------------------------------------------------

// A write transaction. It has to be committed.
class Change {
 public:
  Change(MDB_env* env, const Tables& tables) : tables_(tables) {
    Check(mdb_txn_begin(env, nullptr, 0, &txn_));
  }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;
  ~Change() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }

  void Commit() { Check(mdb_txn_commit(std::exchange(txn_, nullptr))); }

  // A key that is taken ends the process.
  template <typename Key, typename Value>
  void Insert(MDB_dbi table, const Key& key, const Value& value,
              unsigned flags = MDB_NOOVERWRITE) {
    MDB_val key_val = Val(key);
    MDB_val value_val = Val(value);
    Check(mdb_put(txn_, table, &key_val, &value_val, flags));
  }
  void Replace(MDB_dbi table, const int32_t& key, std::string_view value) {
    Insert(table, key, value, 0);
  }
  template <typename Key>
  std::optional<MDB_val> Find(MDB_dbi table, const Key& key) {
    MDB_val key_val = Val(key);
    MDB_val value;
    const int code = mdb_get(txn_, table, &key_val, &value);
    if (code == MDB_NOTFOUND) return std::nullopt;
    Check(code);
    return value;
  }
  int32_t LastKey(MDB_dbi table) {
    Cursor cursor(txn_, table);
    return cursor.Go(MDB_LAST) ? cursor.key() : 0;
  }

  const Tables& tables() const { return tables_; }
  MDB_txn* txn() { return txn_; }

 private:
  const Tables& tables_;
  MDB_txn* txn_ = nullptr;
};

class LmdbWriter : public PeerWriter {
 public:
  LmdbWriter(MDB_env* env, const Tables& tables, LastIds& last)
      : env_(env), tables_(tables), last_(last) {}

  Sale Checkout(const Buyer& buyer,
                std::span<const std::string_view> values) override {
    Change change(env_, tables_);
    const int64_t now = ToMicroseconds(PeerNow());
    Sale sale;
    sale.customer = FindOrInsertCustomer(change, buyer, now);
    sale.order = OrderId(++last_.order);
    change.Insert(tables_.orders, sale.order.value(),
                  row_.Order(sale.customer, now), MDB_APPEND);
    change.Insert(tables_.orders_of, sale.customer.value(), sale.order.value(),
                  0);
    for (std::string_view value : values) {
      sale.last_barcode = InsertBarcode(change, value, sale.order, now);
      if (!sale.first_barcode.valid()) sale.first_barcode = sale.last_barcode;
    }
    change.Commit();
    return sale;
  }

  bool Redeem(std::string_view value) override { return SetUsed(value, true); }
  bool Unredeem(std::string_view value) override {
    return SetUsed(value, false);
  }

 private:
  CustomerId FindOrInsertCustomer(Change& change, const Buyer& buyer,
                                  int64_t now) {
    if (const auto id = change.Find(tables_.emails, buyer.email)) {
      return CustomerId(Number(*id));
    }
    const int32_t id = ++last_.customer;
    change.Insert(tables_.emails, buyer.email, id);
    change.Insert(tables_.customers, id,
                  row_.Customer(buyer.email, buyer.name, now), MDB_APPEND);
    return CustomerId(id);
  }

  BarcodeId InsertBarcode(Change& change, std::string_view value, OrderId order,
                          int64_t now) {
    const int32_t id = ++last_.barcode;
    change.Insert(tables_.values, value, id);
    change.Insert(tables_.barcodes, id,
                  row_.Barcode(value, order, false, now, now), MDB_APPEND);
    change.Insert(tables_.barcodes_of, order.value(), id, 0);
    return BarcodeId(id);
  }

  bool SetUsed(std::string_view value, bool is_used) {
    Change change(env_, tables_);
    const auto found = change.Find(tables_.values, value);
    if (!found) return false;
    const int32_t id = Number(*found);
    const auto bytes = change.Find(tables_.barcodes, id);
    Require(bytes.has_value(), "an index of LMDB refers to no row");
    Barcode row;
    DecodeRow(id, Bytes(*bytes), row);
    if (!row.order_id || row.is_used == is_used) return false;
    change.Replace(tables_.barcodes, id,
                   row_.Barcode(value, *row.order_id, is_used,
                                ToMicroseconds(row.created_at),
                                ToMicroseconds(PeerNow())));
    change.Commit();
    return true;
  }

  MDB_env* const env_;
  const Tables& tables_;
  LastIds& last_;
  RowBytes row_;
};

// ---- Loading: each function a table and its indexes, sorted. ---------------

size_t Rows(int32_t n) { return static_cast<size_t>(n); }
int32_t IdOf(size_t row) { return static_cast<int32_t>(row) + 1; }

void LoadCustomers(const Workload& data, int64_t now, Change& change) {
  RowBytes bytes;
  for (size_t i = 0; i < Rows(data.customers()); ++i) {
    change.Insert(change.tables().customers, IdOf(i),
                  bytes.Customer(data.email(i), data.name(i), now), MDB_APPEND);
  }
  for (size_t i : SortedRows(data.customers(),
                             [&](size_t row) { return data.email(row); })) {
    change.Insert(change.tables().emails, data.email(i), IdOf(i), MDB_APPEND);
  }
}

void LoadOrders(const Workload& data, int64_t now, Change& change) {
  RowBytes bytes;
  for (size_t i = 0; i < Rows(data.orders()); ++i) {
    Require(data.order_customer(i).value() <= data.customers(),
            "an order refers to no customer");
    change.Insert(change.tables().orders, IdOf(i),
                  bytes.Order(data.order_customer(i), now), MDB_APPEND);
  }
  for (size_t i : SortedRows(data.orders(), [&](size_t row) {
         return data.order_customer(row);
       })) {
    change.Insert(change.tables().orders_of, data.order_customer(i).value(),
                  IdOf(i), MDB_APPENDDUP);
  }
}

void LoadBarcodes(const Workload& data, int64_t now, Change& change) {
  RowBytes bytes;
  for (size_t i = 0; i < Rows(data.barcodes()); ++i) {
    Require(data.barcode_order(i).value() <= data.orders(),
            "a barcode refers to no order");
    change.Insert(change.tables().barcodes, IdOf(i),
                  bytes.Barcode(data.barcode_value(i), data.barcode_order(i),
                                data.barcode_used(i), now, now),
                  MDB_APPEND);
  }
  for (size_t i : SortedRows(data.barcodes(), [&](size_t row) {
         return data.barcode_value(row);
       })) {
    change.Insert(change.tables().values, data.barcode_value(i), IdOf(i),
                  MDB_APPEND);
  }
  for (size_t i : SortedRows(data.barcodes(), [&](size_t row) {
         return data.barcode_order(row);
       })) {
    change.Insert(change.tables().barcodes_of, data.barcode_order(i).value(),
                  IdOf(i), MDB_APPENDDUP);
  }
}

// ---- The peer --------------------------------------------------------------

// A folder on tmpfs; it goes when the files in it are open.
std::string MemoryFolder() {
  std::string path = "/dev/shm/orderstore_bench-XXXXXX";
  Require(mkdtemp(path.data()) != nullptr, "cannot make a folder in /dev/shm");
  return path;
}

void SyncPath(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  Require(file >= 0 && fsync(file) == 0, "cannot sync a backup");
  close(file);
}

class LmdbPeer : public Peer {
 public:
  LmdbPeer(const std::string& path, LmdbMode mode) : path_(path), mode_(mode) {
    Reopen();
  }
  ~LmdbPeer() override { Close(); }

  void Load(const Workload& data) override {
    const int64_t now = ToMicroseconds(PeerNow());
    Check(mdb_env_set_flags(env_, MDB_NOSYNC, 1));
    for (auto* const load : {&LoadCustomers, &LoadOrders, &LoadBarcodes}) {
      Change change(env_, tables_);
      load(data, now, change);
      change.Commit();
    }
    if (mode_ == LmdbMode::kSync) {
      Check(mdb_env_set_flags(env_, MDB_NOSYNC, 0));
      Check(mdb_env_sync(env_, 1));
    }
    last_ = {data.customers(), data.orders(), data.barcodes()};
  }

  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<LmdbReader>(env_, tables_);
  }
  std::unique_ptr<PeerWriter> NewWriter() override {
    return std::make_unique<LmdbWriter>(env_, tables_, last_);
  }

  void Backup(const std::string& path) override {
    Require(std::filesystem::create_directory(path), "cannot make a folder");
    Check(mdb_env_copy(env_, path.c_str()));
    SyncPath(path + "/data.mdb");
    SyncPath(path);
  }
  std::unique_ptr<Peer> OpenBackup(const std::string& path) override {
    return std::make_unique<LmdbPeer>(path, mode_);
  }
  void Close() override {
    if (env_ != nullptr) mdb_env_close(std::exchange(env_, nullptr));
  }
  void Reopen() override {
    const bool in_memory = mode_ == LmdbMode::kMemory;
    const std::string folder = in_memory ? MemoryFolder() : path_;
    Check(mdb_env_create(&env_));
    Check(mdb_env_set_mapsize(env_, size_t{32} << 30));
    Check(mdb_env_set_maxdbs(env_, 7));
    Check(mdb_env_set_maxreaders(env_, 256));
    Check(mdb_env_open(env_, folder.c_str(),
                       MDB_NOTLS | MDB_NOMEMINIT |
                           (in_memory ? MDB_WRITEMAP | MDB_NOSYNC : 0u),
                       0600));
    if (in_memory) std::filesystem::remove_all(folder);
    OpenTables();
  }

  // Pages in use.
  int64_t MemoryBytes() override {
    MDB_envinfo info;
    MDB_stat stat;
    Check(mdb_env_info(env_, &info));
    Check(mdb_env_stat(env_, &stat));
    return static_cast<int64_t>((info.me_last_pgno + 1) * stat.ms_psize);
  }

 private:
  void OpenTables() {
    Change change(env_, tables_);
    const auto open = [&](const char* name, unsigned flags, MDB_dbi& table) {
      Check(mdb_dbi_open(change.txn(), name, MDB_CREATE | flags, &table));
    };
    constexpr unsigned kIds = MDB_INTEGERKEY;
    constexpr unsigned kChildren =
        kIds | MDB_DUPSORT | MDB_DUPFIXED | MDB_INTEGERDUP;
    open("customers", kIds, tables_.customers);
    open("emails", 0, tables_.emails);
    open("orders", kIds, tables_.orders);
    open("orders_of", kChildren, tables_.orders_of);
    open("barcodes", kIds, tables_.barcodes);
    open("values", 0, tables_.values);
    open("barcodes_of", kChildren, tables_.barcodes_of);
    last_ = {change.LastKey(tables_.customers), change.LastKey(tables_.orders),
             change.LastKey(tables_.barcodes)};
    change.Commit();
  }

  const std::string path_;
  const LmdbMode mode_;
  MDB_env* env_ = nullptr;
  Tables tables_ = {};
  LastIds last_;
};

}  // namespace

std::unique_ptr<Peer> MakeLmdbPeer(const std::string& path, LmdbMode mode) {
  return std::make_unique<LmdbPeer>(path, mode);
}

}  // namespace orderstore::bench
