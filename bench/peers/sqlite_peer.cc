#include "peers/sqlite_peer.h"

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "checks.h"
#include "peers/sqlite_connection.h"
#include "peers/text_keeper.h"

namespace orderstore::bench {
namespace {

constexpr const char* kTables = R"(
  CREATE TABLE IF NOT EXISTS customers(
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS orders(
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers(id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS barcodes(
    id INTEGER PRIMARY KEY,
    barcode_value TEXT NOT NULL,
    order_id INTEGER REFERENCES orders(id),
    is_used INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL) STRICT;
)";

constexpr const char* kIndexes = R"(
  CREATE UNIQUE INDEX IF NOT EXISTS customers_email ON customers(email);
  CREATE INDEX IF NOT EXISTS orders_customer ON orders(customer_id);
  CREATE UNIQUE INDEX IF NOT EXISTS barcodes_value ON barcodes(barcode_value);
  CREATE INDEX IF NOT EXISTS barcodes_order ON barcodes(order_id);
)";

constexpr const char* kInsertCustomer =
    "INSERT INTO customers(email, name, created_at, updated_at) "
    "VALUES (?1, ?2, ?3, ?3)";
constexpr const char* kInsertOrder =
    "INSERT INTO orders(customer_id, created_at, updated_at) "
    "VALUES (?1, ?2, ?2)";
constexpr const char* kInsertBarcode =
    "INSERT INTO barcodes(barcode_value, order_id, is_used, created_at, "
    "updated_at) VALUES (?1, ?2, ?3, ?4, ?4)";

// ---- Reading ---------------------------------------------------------------

class SqliteReader : public PeerReader {
 public:
  explicit SqliteReader(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  void BeginRead() override {
    const std::lock_guard lock(connection_->mutex());
    begin_.Execute();
  }
  void EndRead() override {
    const std::lock_guard lock(connection_->mutex());
    commit_.Execute();
  }

  std::optional<Customer> FindCustomer(CustomerId id) override {
    const std::lock_guard lock(connection_->mutex());
    texts_.Clear();
    return FindOne<Customer>(customer_by_id_, int64_t{id.value()});
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) override {
    const std::lock_guard lock(connection_->mutex());
    texts_.Clear();
    return FindOne<Customer>(customer_by_email_, email);
  }
  std::optional<Order> FindOrder(OrderId id) override {
    const std::lock_guard lock(connection_->mutex());
    return FindOne<Order>(order_by_id_, int64_t{id.value()});
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) override {
    const std::lock_guard lock(connection_->mutex());
    texts_.Clear();
    return FindOne<Barcode>(barcode_by_value_, value);
  }

  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) override {
    FindAll(customer_by_id_, ids, rows);
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) override {
    FindAll(order_by_id_, ids, rows);
  }
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) override {
    FindAll(customer_by_email_, emails, rows);
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) override {
    FindAll(barcode_by_value_, values, rows);
  }

  std::vector<Order> OrdersOf(CustomerId id) override {
    return FindChildren<Order>(orders_of_, id.value());
  }
  std::vector<Barcode> UnusedBarcodesOf(OrderId id) override {
    return FindChildren<Barcode>(unused_barcodes_of_, id.value());
  }

  std::vector<CustomerTickets> TopCustomers(size_t k) override {
    const std::lock_guard lock(connection_->mutex());
    std::vector<CustomerTickets> lines;
    Statement::Run run(top_customers_);
    run.Bind(1, static_cast<int64_t>(k));
    while (run.Step()) {
      lines.push_back({CustomerId(run.Id(0)), run.Int(1)});
    }
    return lines;
  }
  int64_t CountUnassigned() override {
    const std::lock_guard lock(connection_->mutex());
    Statement::Run run(count_unassigned_);
    run.Step();
    return run.Int(0);
  }
  EveryRow ReadEveryRow() override {
    const std::lock_guard lock(connection_->mutex());
    EveryRow rows;
    begin_.Execute();
    AddTable<Customer>(all_customers_, rows);
    AddTable<Order>(all_orders_, rows);
    AddTable<Barcode>(all_barcodes_, rows);
    commit_.Execute();
    return rows;
  }

 private:
  void Take(Statement::Run& run, Customer& row) {
    row = {CustomerId(run.Id(0)), texts_.Keep(run.Text(1)),
           texts_.Keep(run.Text(2)), FromMicroseconds(run.Int(3)),
           FromMicroseconds(run.Int(4))};
  }
  void Take(Statement::Run& run, Order& row) {
    row = {OrderId(run.Id(0)), CustomerId(run.Id(1)),
           FromMicroseconds(run.Int(2)), FromMicroseconds(run.Int(3))};
  }
  void Take(Statement::Run& run, Barcode& row) {
    row.id = BarcodeId(run.Id(0));
    row.value = texts_.Keep(run.Text(1));
    row.order_id =
        run.IsNull(2) ? std::nullopt : std::optional(OrderId(run.Id(2)));
    row.is_used = run.Int(3) != 0;
    row.created_at = FromMicroseconds(run.Int(4));
    row.updated_at = FromMicroseconds(run.Int(5));
  }

  static std::string_view ToBind(std::string_view text) { return text; }
  template <typename RowId>
  static int64_t ToBind(RowId id) {
    return id.value();
  }

  template <typename Row, typename Key>
  std::optional<Row> FindOne(Statement& statement, Key key) {
    Statement::Run run(statement);
    run.Bind(1, key);
    std::optional<Row> row;
    if (run.Step()) Take(run, row.emplace());
    return row;
  }

  template <typename Row, typename Key>
  void FindAll(Statement& statement, std::span<const Key> keys,
               std::span<std::optional<Row>> rows) {
    const std::lock_guard lock(connection_->mutex());
    texts_.Clear();
    begin_.Execute();
    for (size_t i = 0; i < keys.size(); ++i) {
      rows[i] = FindOne<Row>(statement, ToBind(keys[i]));
    }
    commit_.Execute();
  }

  template <typename Row>
  std::vector<Row> FindChildren(Statement& statement, int64_t parent) {
    const std::lock_guard lock(connection_->mutex());
    texts_.Clear();
    std::vector<Row> rows;
    Statement::Run run(statement);
    run.Bind(1, parent);
    while (run.Step()) Take(run, rows.emplace_back());
    return rows;
  }

  template <typename Row>
  void AddTable(Statement& statement, EveryRow& rows) {
    Statement::Run run(statement);
    Row row;
    while (run.Step()) {
      texts_.Clear();
      Take(run, row);
      rows.Add(row);
    }
  }

  const std::shared_ptr<Connection> connection_;
  TextKeeper texts_;
  sqlite3* const db_ = connection_->db();
  Statement begin_{db_, "BEGIN"};
  Statement commit_{db_, "COMMIT"};
  Statement customer_by_id_{db_, "SELECT * FROM customers WHERE id = ?1"};
  Statement customer_by_email_{db_, "SELECT * FROM customers WHERE email = ?1"};
  Statement order_by_id_{db_, "SELECT * FROM orders WHERE id = ?1"};
  Statement barcode_by_value_{
      db_, "SELECT * FROM barcodes WHERE barcode_value = ?1"};
  Statement orders_of_{
      db_, "SELECT * FROM orders WHERE customer_id = ?1 ORDER BY id"};
  Statement unused_barcodes_of_{
      db_,
      "SELECT * FROM barcodes WHERE order_id = ?1 AND NOT is_used ORDER BY id"};
  // Both tables in the order of covering indexes, so that the groups need no
  // sorting.
  Statement top_customers_{
      db_,
      "SELECT customer_id, count(*) AS tickets "
      "FROM orders CROSS JOIN barcodes ON barcodes.order_id = orders.id "
      "GROUP BY customer_id ORDER BY tickets DESC, customer_id LIMIT ?1"};
  Statement count_unassigned_{
      db_, "SELECT count(*) FROM barcodes WHERE order_id IS NULL"};
  Statement all_customers_{db_, "SELECT * FROM customers ORDER BY id"};
  Statement all_orders_{db_, "SELECT * FROM orders ORDER BY id"};
  Statement all_barcodes_{db_, "SELECT * FROM barcodes ORDER BY id"};
};

// ---- Writing ---------------------------------------------------------------

// The statements that change rows. They are the connection's: writers of
// several threads share them.
class Changes {
 public:
  explicit Changes(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  Sale Checkout(const Buyer& buyer, std::span<const std::string_view> values) {
    const std::lock_guard lock(connection_->mutex());
    begin_.Execute();
    const int64_t now = ToMicroseconds(PeerNow());
    Sale sale;
    sale.customer = FindOrInsertCustomer(buyer, now);
    sale.order = InsertOrder(sale.customer, now);
    for (std::string_view value : values) {
      sale.last_barcode = InsertBarcode(value, sale.order, false, now);
      if (!sale.first_barcode.valid()) sale.first_barcode = sale.last_barcode;
    }
    commit_.Execute();
    return sale;
  }

  bool SetUsed(std::string_view value, bool is_used) {
    const std::lock_guard lock(connection_->mutex());
    Statement::Run run(set_used_);
    run.Bind(1, value);
    run.Bind(2, int64_t{is_used});
    run.Bind(3, ToMicroseconds(PeerNow()));
    run.Step();
    return sqlite3_changes(db_) == 1;
  }

 private:
  CustomerId FindOrInsertCustomer(const Buyer& buyer, int64_t now) {
    {
      Statement::Run run(find_customer_);
      run.Bind(1, buyer.email);
      if (run.Step()) return CustomerId(run.Id(0));
    }
    Statement::Run run(insert_customer_);
    run.Bind(1, buyer.email);
    run.Bind(2, buyer.name);
    run.Bind(3, now);
    run.Step();
    return CustomerId(LastId());
  }
  OrderId InsertOrder(CustomerId customer, int64_t now) {
    Statement::Run run(insert_order_);
    run.Bind(1, int64_t{customer.value()});
    run.Bind(2, now);
    run.Step();
    return OrderId(LastId());
  }
  BarcodeId InsertBarcode(std::string_view value, OrderId order, bool is_used,
                          int64_t now) {
    Statement::Run run(insert_barcode_);
    run.Bind(1, value);
    run.Bind(2, int64_t{order.value()});
    run.Bind(3, int64_t{is_used});
    run.Bind(4, now);
    run.Step();
    return BarcodeId(LastId());
  }
  int32_t LastId() const {
    return static_cast<int32_t>(sqlite3_last_insert_rowid(db_));
  }

  const std::shared_ptr<Connection> connection_;
  sqlite3* const db_ = connection_->db();
  Statement begin_{db_, "BEGIN IMMEDIATE"};
  Statement commit_{db_, "COMMIT"};
  Statement find_customer_{db_, "SELECT id FROM customers WHERE email = ?1"};
  Statement insert_customer_{db_, kInsertCustomer};
  Statement insert_order_{db_, kInsertOrder};
  Statement insert_barcode_{db_, kInsertBarcode};
  Statement set_used_{
      db_,
      "UPDATE barcodes SET is_used = ?2, updated_at = ?3 WHERE barcode_value = "
      "?1 AND order_id IS NOT NULL AND is_used <> ?2"};
};

class SqliteWriter : public PeerWriter {
 public:
  explicit SqliteWriter(std::shared_ptr<Changes> changes)
      : changes_(std::move(changes)) {}

  Sale Checkout(const Buyer& buyer,
                std::span<const std::string_view> values) override {
    return changes_->Checkout(buyer, values);
  }
  bool Redeem(std::string_view value) override {
    return changes_->SetUsed(value, true);
  }
  bool Unredeem(std::string_view value) override {
    return changes_->SetUsed(value, false);
  }

 private:
  const std::shared_ptr<Changes> changes_;
};

// ---- Loading ---------------------------------------------------------------

void LoadCustomers(const Workload& data, sqlite3* db, int64_t now) {
  Statement insert(db, kInsertCustomer);
  for (size_t i = 0; i < static_cast<size_t>(data.customers()); ++i) {
    Statement::Run run(insert);
    run.Bind(1, data.email(i));
    run.Bind(2, data.name(i));
    run.Bind(3, now);
    run.Step();
  }
}

void LoadOrders(const Workload& data, sqlite3* db, int64_t now) {
  Statement insert(db, kInsertOrder);
  for (size_t i = 0; i < static_cast<size_t>(data.orders()); ++i) {
    Statement::Run run(insert);
    run.Bind(1, int64_t{data.order_customer(i).value()});
    run.Bind(2, now);
    run.Step();
  }
}

void LoadBarcodes(const Workload& data, sqlite3* db, int64_t now) {
  Statement insert(db, kInsertBarcode);
  for (size_t i = 0; i < static_cast<size_t>(data.barcodes()); ++i) {
    Statement::Run run(insert);
    run.Bind(1, data.barcode_value(i));
    const OrderId order = data.barcode_order(i);
    if (order.valid()) {
      run.Bind(2, int64_t{order.value()});
    } else {
      run.BindNull(2);
    }
    run.Bind(3, int64_t{data.barcode_used(i)});
    run.Bind(4, now);
    run.Step();
  }
}

// ---- The peer --------------------------------------------------------------

// Of 4 KiB, between which others have the connection.
constexpr int kBackupStepPages = 256;
constexpr auto kBackupPause = std::chrono::microseconds(100);

// Before SQLite is first used.
void ConfigureOnce() {
  static const bool configured = [] {
    return sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK &&
           sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK;
  }();
  Require(configured, "cannot configure SQLite");
}

class SqlitePeer : public Peer {
 public:
  SqlitePeer(const std::string& path, SqliteMode mode)
      : path_(mode == SqliteMode::kMemory ? ":memory:" : path + "/db"),
        mode_(mode) {
    ConfigureOnce();
    main_ = Connect();
    main_->Execute("BEGIN");
    main_->Execute(kTables);
    main_->Execute(kIndexes);
    main_->Execute("COMMIT");
  }

  void Load(const Workload& data) override {
    const int64_t now = ToMicroseconds(PeerNow());
    main_->Execute(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "PRAGMA foreign_keys = OFF; BEGIN;"
        "DROP INDEX customers_email; DROP INDEX orders_customer;"
        "DROP INDEX barcodes_value; DROP INDEX barcodes_order;");
    LoadCustomers(data, main_->db(), now);
    LoadOrders(data, main_->db(), now);
    LoadBarcodes(data, main_->db(), now);
    main_->Execute(kIndexes);
    main_->Execute("ANALYZE; COMMIT");
    CheckForeignKeys();
    if (mode_ == SqliteMode::kMemory) {
      main_->Execute("PRAGMA journal_mode = MEMORY; PRAGMA foreign_keys = ON");
      return;
    }
    Close();
    Reopen();
    // With an empty WAL, every read would ask the system for the file's size.
    main_->Execute("PRAGMA user_version = 1");
  }

  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<SqliteReader>(HasOneConnection() ? main_
                                                             : Connect());
  }
  std::unique_ptr<PeerWriter> NewWriter() override {
    if (changes_ == nullptr) changes_ = std::make_shared<Changes>(main_);
    return std::make_unique<SqliteWriter>(changes_);
  }

  std::unique_ptr<PeerReader> NewReaderOfWriter() override {
    return std::make_unique<SqliteReader>(main_);
  }

  void Backup(const std::string& path) override {
    const std::shared_ptr<Connection> from =
        HasOneConnection() ? main_ : Connect();
    Require(std::filesystem::create_directory(path), "cannot make a folder");
    Connection to(path + "/db");
    sqlite3_backup* backup = nullptr;
    {
      const std::lock_guard lock(from->mutex());
      backup = sqlite3_backup_init(to.db(), "main", from->db(), "main");
    }
    Require(backup != nullptr, "SQLite cannot begin a backup");
    int code = SQLITE_OK;
    while (code == SQLITE_OK) {
      {
        const std::lock_guard lock(from->mutex());
        code = sqlite3_backup_step(backup,
                                   HasOneConnection() ? kBackupStepPages : -1);
      }
      // Or this thread would have the mutex again before the writer wakes up.
      if (code == SQLITE_OK) std::this_thread::sleep_for(kBackupPause);
    }
    Require(code == SQLITE_DONE, "SQLite's backup failed");
    const std::lock_guard lock(from->mutex());
    Require(sqlite3_backup_finish(backup) == SQLITE_OK,
            "SQLite's backup failed at its end");
  }
  std::unique_ptr<Peer> OpenBackup(const std::string& path) override {
    return std::make_unique<SqlitePeer>(path, mode_);
  }
  void Close() override {
    changes_.reset();
    main_.reset();
  }
  void Reopen() override { main_ = Connect(); }

  int64_t MemoryBytes() override {
    int current = 0;
    int highest = 0;
    sqlite3_db_status(main_->db(), SQLITE_DBSTATUS_CACHE_USED, &current,
                      &highest, 0);
    return current;
  }

 private:
  bool HasOneConnection() const {
    return mode_ == SqliteMode::kMemory || mode_ == SqliteMode::kExclusive;
  }

  std::shared_ptr<Connection> Connect() const {
    auto connection = std::make_shared<Connection>(path_);
    connection->Execute(
        "PRAGMA cache_size = -1048576; PRAGMA temp_store = MEMORY;"
        "PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF");
    if (mode_ == SqliteMode::kExclusive) {
      connection->Execute(
          "PRAGMA locking_mode = EXCLUSIVE; PRAGMA mmap_size = 68719476736");
    }
    if (mode_ != SqliteMode::kMemory) {
      connection->Execute(
          "PRAGMA busy_timeout = 60000;"
          "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;"
          "PRAGMA wal_autocheckpoint = 4096");
    }
    if (mode_ == SqliteMode::kNormal) {
      connection->Execute("PRAGMA synchronous = NORMAL");
    }
    return connection;
  }

  void CheckForeignKeys() {
    Statement check(main_->db(), "PRAGMA foreign_key_check");
    Require(!Statement::Run(check).Step(), "a row refers to none");
  }

  const std::string path_;
  const SqliteMode mode_;
  // Of the writers, and of all where there is one only.
  std::shared_ptr<Connection> main_;
  std::shared_ptr<Changes> changes_;
};

}  // namespace

std::unique_ptr<Peer> MakeSqlitePeer(const std::string& path, SqliteMode mode) {
  return std::make_unique<SqlitePeer>(path, mode);
}

}  // namespace orderstore::bench
