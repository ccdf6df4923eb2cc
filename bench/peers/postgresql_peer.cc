#include "peers/postgresql_peer.h"

#include <utility>

#include "checks.h"
#include "peers/postgresql_connection.h"
#include "peers/postgresql_server.h"

namespace orderstore::bench {
namespace {

constexpr const char* kTables = R"(
  CREATE TABLE customers(
    id serial,
    email varchar(255) NOT NULL,
    name varchar(255) NOT NULL,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL);
  CREATE TABLE orders(
    id serial,
    customer_id integer NOT NULL,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL);
  CREATE TABLE barcodes(
    id serial,
    barcode_value varchar(255) NOT NULL,
    order_id integer,
    is_used boolean DEFAULT false NOT NULL,
    created_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL)
    WITH (fillfactor = 90);
)";

constexpr const char* kConstraints = R"(
  ALTER TABLE customers ADD PRIMARY KEY (id), ADD UNIQUE (email);
  ALTER TABLE orders ADD PRIMARY KEY (id);
  ALTER TABLE barcodes ADD PRIMARY KEY (id), ADD UNIQUE (barcode_value);
  CREATE INDEX ix_orders_customer_id ON orders(customer_id);
  CREATE INDEX ix_barcodes_order_id ON barcodes(order_id);
  ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers(id);
  ALTER TABLE barcodes ADD FOREIGN KEY (order_id) REFERENCES orders(id);
)";

constexpr const char* kSequences = R"(
  SELECT setval('customers_id_seq', max(id)) FROM customers;
  SELECT setval('orders_id_seq', max(id)) FROM orders;
  SELECT setval('barcodes_id_seq', max(id)) FROM barcodes;
)";

// New indexes, which are in the log as whole pages; and a lock of one row in
// each page of the tables whose old rows a sale changes or locks.
constexpr const char* kLogPages = R"(
  REINDEX TABLE customers;
  REINDEX TABLE orders;
  REINDEX TABLE barcodes;
  SELECT count(*) FROM (
    SELECT FROM customers WHERE ctid = ANY(ARRAY(
      SELECT format('(%s,1)', page)::tid FROM generate_series(
        0, pg_relation_size('customers') / 8192 - 1) AS page))
    FOR KEY SHARE) AS locked;
  SELECT count(*) FROM (
    SELECT FROM barcodes WHERE ctid = ANY(ARRAY(
      SELECT format('(%s,1)', page)::tid FROM generate_series(
        0, pg_relation_size('barcodes') / 8192 - 1) AS page))
    FOR KEY SHARE) AS locked;
)";

// ---- Rows ------------------------------------------------------------------

// field(column) is a value of the row, in the order of the table's columns.
template <typename FieldOf>
void TakeRow(FieldOf&& field, Customer& row) {
  row = {CustomerId(field(0).Int32()), field(1).Text(), field(2).Text(),
         field(3).Time(), field(4).Time()};
}
template <typename FieldOf>
void TakeRow(FieldOf&& field, Order& row) {
  row = {OrderId(field(0).Int32()), CustomerId(field(1).Int32()),
         field(2).Time(), field(3).Time()};
}
template <typename FieldOf>
void TakeRow(FieldOf&& field, Barcode& row) {
  row.id = BarcodeId(field(0).Int32());
  row.value = field(1).Text();
  row.order_id = field(2).is_null() ? std::nullopt
                                    : std::optional(OrderId(field(2).Int32()));
  row.is_used = field(3).Bool();
  row.created_at = field(4).Time();
  row.updated_at = field(5).Time();
}

template <typename Row>
Row RowAt(const Result& result, int at) {
  Row row;
  TakeRow([&](int column) { return result.At(at, column); }, row);
  return row;
}

// ---- Reading ---------------------------------------------------------------

class PostgresqlReader : public PeerReader {
 public:
  explicit PostgresqlReader(const std::string& sockets)
      : connection_(sockets) {}

  void BeginRead() override {
    connection_.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }
  void EndRead() override { connection_.Execute("COMMIT"); }

  std::optional<Customer> FindCustomer(CustomerId id) override {
    return FindOne<Customer>(customer_by_id_, id.value());
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) override {
    return FindOne<Customer>(customer_by_email_, email);
  }
  std::optional<Order> FindOrder(OrderId id) override {
    return FindOne<Order>(order_by_id_, id.value());
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) override {
    return FindOne<Barcode>(barcode_by_value_, value);
  }

  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) override {
    FindAll(customers_by_id_, ids, rows,
            [](const auto& row) { return row.id; });
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) override {
    FindAll(orders_by_id_, ids, rows, [](const auto& row) { return row.id; });
  }
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) override {
    FindAll(customers_by_email_, emails, rows,
            [](const auto& row) { return row.email; });
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) override {
    FindAll(barcodes_by_value_, values, rows,
            [](const auto& row) { return row.value; });
  }

  std::vector<Order> OrdersOf(CustomerId id) override {
    return FindChildren<Order>(orders_of_, id.value());
  }
  std::vector<Barcode> UnusedBarcodesOf(OrderId id) override {
    return FindChildren<Barcode>(unused_barcodes_of_, id.value());
  }

  std::vector<CustomerTickets> TopCustomers(size_t k) override {
    result_ = top_customers_.Run(static_cast<int64_t>(k));
    std::vector<CustomerTickets> lines;
    for (int i = 0; i < result_.rows(); ++i) {
      lines.push_back(
          {CustomerId(result_.At(i, 0).Int32()), result_.At(i, 1).Int64()});
    }
    return lines;
  }
  int64_t CountUnassigned() override {
    result_ = count_unassigned_.Run();
    return result_.At(0, 0).Int64();
  }

  EveryRow ReadEveryRow() override {
    EveryRow rows;
    connection_.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    AddTable<Customer>(
        "COPY (SELECT id, email, name, created_at, updated_at "
        "FROM customers ORDER BY id) TO STDOUT (FORMAT binary)",
        rows);
    AddTable<Order>(
        "COPY (SELECT id, customer_id, created_at, updated_at "
        "FROM orders ORDER BY id) TO STDOUT (FORMAT binary)",
        rows);
    AddTable<Barcode>(
        "COPY (SELECT id, barcode_value, order_id, is_used, created_at, "
        "updated_at FROM barcodes ORDER BY id) TO STDOUT (FORMAT binary)",
        rows);
    connection_.Execute("COMMIT");
    return rows;
  }

 private:
  template <typename Row, typename Key>
  std::optional<Row> FindOne(PostgresqlStatement& statement, Key key) {
    result_ = statement.Run(key);
    if (result_.rows() == 0) return std::nullopt;
    return RowAt<Row>(result_, 0);
  }

  // Rows come in any order, each once.
  template <typename Row, typename Key, typename KeyOf>
  void FindAll(PostgresqlStatement& statement, std::span<const Key> keys,
               std::span<std::optional<Row>> rows, KeyOf key_of) {
    result_ = statement.Run(keys);
    for (size_t i = 0; i < keys.size(); ++i) rows[i].reset();
    for (int at = 0; at < result_.rows(); ++at) {
      const Row row = RowAt<Row>(result_, at);
      for (size_t i = 0; i < keys.size(); ++i) {
        if (keys[i] == key_of(row)) rows[i] = row;
      }
    }
  }

  template <typename Row>
  std::vector<Row> FindChildren(PostgresqlStatement& statement,
                                int32_t parent) {
    result_ = statement.Run(parent);
    std::vector<Row> rows;
    for (int i = 0; i < result_.rows(); ++i) {
      rows.push_back(RowAt<Row>(result_, i));
    }
    return rows;
  }

  template <typename Row>
  void AddTable(const char* copy, EveryRow& rows) {
    Row row;
    connection_.CopyOut(copy, [&](std::span<const Field> fields) {
      TakeRow([&](int column) { return fields[static_cast<size_t>(column)]; },
              row);
      rows.Add(row);
    });
  }

  PostgresqlConnection connection_;
  Result result_;  // of the last call: has the texts of its rows
  PostgresqlStatement customer_by_id_{
      connection_,
      "SELECT id, email, name, created_at, updated_at "
      "FROM customers WHERE id = $1"};
  PostgresqlStatement customers_by_id_{
      connection_,
      "SELECT id, email, name, created_at, updated_at "
      "FROM customers WHERE id = ANY ($1::integer[])"};
  PostgresqlStatement customer_by_email_{
      connection_,
      "SELECT id, email, name, created_at, updated_at "
      "FROM customers WHERE email = $1"};
  PostgresqlStatement customers_by_email_{
      connection_,
      "SELECT id, email, name, created_at, updated_at "
      "FROM customers WHERE email = ANY ($1::text[])"};
  PostgresqlStatement order_by_id_{
      connection_,
      "SELECT id, customer_id, created_at, updated_at "
      "FROM orders WHERE id = $1"};
  PostgresqlStatement orders_by_id_{
      connection_,
      "SELECT id, customer_id, created_at, updated_at "
      "FROM orders WHERE id = ANY ($1::integer[])"};
  PostgresqlStatement barcode_by_value_{
      connection_,
      "SELECT id, barcode_value, order_id, is_used, created_at, updated_at "
      "FROM barcodes WHERE barcode_value = $1"};
  PostgresqlStatement barcodes_by_value_{
      connection_,
      "SELECT id, barcode_value, order_id, is_used, created_at, updated_at "
      "FROM barcodes WHERE barcode_value = ANY ($1::text[])"};
  PostgresqlStatement orders_of_{
      connection_,
      "SELECT id, customer_id, created_at, updated_at "
      "FROM orders WHERE customer_id = $1 ORDER BY id"};
  PostgresqlStatement unused_barcodes_of_{
      connection_,
      "SELECT id, barcode_value, order_id, is_used, created_at, updated_at "
      "FROM barcodes WHERE order_id = $1 AND NOT is_used ORDER BY id"};
  PostgresqlStatement top_customers_{
      connection_,
      "SELECT customer_id, count(*) AS tickets "
      "FROM orders JOIN barcodes ON barcodes.order_id = orders.id "
      "GROUP BY customer_id ORDER BY tickets DESC, customer_id "
      "LIMIT $1::bigint"};
  PostgresqlStatement count_unassigned_{
      connection_, "SELECT count(*) FROM barcodes WHERE order_id IS NULL"};
};

// ---- Writing ---------------------------------------------------------------

class PostgresqlWriter : public PeerWriter {
 public:
  explicit PostgresqlWriter(const std::string& sockets)
      : connection_(sockets) {}

  Sale Checkout(const Buyer& buyer,
                std::span<const std::string_view> values) override {
    const Result result = checkout_.Run(buyer.email, buyer.name, values);
    return {.customer = CustomerId(result.At(0, 0).Int32()),
            .order = OrderId(result.At(0, 1).Int32()),
            .first_barcode = BarcodeId(result.At(0, 2).Int32()),
            .last_barcode = BarcodeId(result.At(0, 3).Int32())};
  }
  bool Redeem(std::string_view value) override {
    return redeem_.Run(value).ChangedOne();
  }
  bool Unredeem(std::string_view value) override {
    return unredeem_.Run(value).ChangedOne();
  }

 private:
  PostgresqlConnection connection_;
  PostgresqlStatement checkout_{
      connection_,
      "WITH found AS (SELECT id FROM customers WHERE email = $1::text), "
      "made AS ("
      "INSERT INTO customers(email, name) SELECT $1::text, $2::text "
      "WHERE NOT EXISTS (SELECT FROM found) "
      "ON CONFLICT (email) DO UPDATE SET email = EXCLUDED.email "
      "RETURNING id), "
      "buyer AS (SELECT id FROM found UNION ALL SELECT id FROM made), "
      "bought AS ("
      "INSERT INTO orders(customer_id) SELECT id FROM buyer "
      "RETURNING id, customer_id), "
      "tickets AS ("
      "INSERT INTO barcodes(barcode_value, order_id) "
      "SELECT value, bought.id FROM bought, unnest($3::text[]) AS value "
      "RETURNING id) "
      "SELECT bought.customer_id, bought.id, least.id, most.id FROM bought, "
      "(SELECT min(id) AS id FROM tickets) AS least, "
      "(SELECT max(id) AS id FROM tickets) AS most"};
  PostgresqlStatement redeem_{
      connection_,
      "UPDATE barcodes SET is_used = true, updated_at = CURRENT_TIMESTAMP "
      "WHERE barcode_value = $1 AND order_id IS NOT NULL AND NOT is_used"};
  PostgresqlStatement unredeem_{
      connection_,
      "UPDATE barcodes SET is_used = false, updated_at = CURRENT_TIMESTAMP "
      "WHERE barcode_value = $1 AND order_id IS NOT NULL AND is_used"};
};

// ---- Loading ---------------------------------------------------------------

// Rows of a COPY in binary format; each column is a size and a value.
class CopyRows {
 public:
  CopyRows(PostgresqlConnection& connection, const char* copy, int64_t now)
      : connection_(connection), time_(now - kPostgresqlEpoch) {
    connection_.BeginCopyIn(copy);
    bytes_.reserve(2 * kPieceBytes);
    bytes_ = std::string("PGCOPY\n\377\r\n\0", 11);
    AppendBig(bytes_, 0, 4);  // flags
    AppendBig(bytes_, 0, 4);  // size of an extension
  }

  void BeginRow(uint64_t columns) {
    if (bytes_.size() >= kPieceBytes) Send();
    AppendBig(bytes_, columns, 2);
  }
  void AddId(int32_t id) {
    AppendBig(bytes_, 4, 4);
    AppendBig(bytes_, static_cast<uint32_t>(id), 4);
  }
  void AddNull() { AppendBig(bytes_, ~uint64_t{0}, 4); }
  void AddBool(bool value) {
    AppendBig(bytes_, 1, 4);
    AppendBig(bytes_, value, 1);
  }
  void AddText(std::string_view text) {
    AppendBig(bytes_, text.size(), 4);
    bytes_ += text;
  }
  // created_at and updated_at.
  void AddTimes() {
    for (int i = 0; i < 2; ++i) {
      AppendBig(bytes_, 8, 4);
      AppendBig(bytes_, static_cast<uint64_t>(time_), 8);
    }
  }

  void End() {
    AppendBig(bytes_, ~uint64_t{0}, 2);
    Send();
    connection_.EndCopyIn();
  }

 private:
  static constexpr size_t kPieceBytes = size_t{64} << 10;

  void Send() {
    connection_.CopyIn(bytes_);
    bytes_.clear();
  }

  PostgresqlConnection& connection_;
  const int64_t time_;
  std::string bytes_;
};

// Calls add(i) for each row, which has the id i + 1.
template <typename Add>
void CopyTable(PostgresqlConnection& connection, const char* copy, int64_t now,
               int32_t n, uint64_t columns, Add&& add) {
  CopyRows rows(connection, copy, now);
  for (int32_t i = 0; i < n; ++i) {
    rows.BeginRow(columns);
    rows.AddId(i + 1);
    add(rows, static_cast<size_t>(i));
    rows.AddTimes();
  }
  rows.End();
}

void CopyAll(const Workload& data, PostgresqlConnection& connection) {
  const int64_t now = ToMicroseconds(PeerNow());
  CopyTable(connection,
            "COPY customers(id, email, name, created_at, updated_at) "
            "FROM STDIN (FORMAT binary, FREEZE)",
            now, data.customers(), 5, [&](CopyRows& rows, size_t i) {
              rows.AddText(data.email(i));
              rows.AddText(data.name(i));
            });
  CopyTable(connection,
            "COPY orders(id, customer_id, created_at, updated_at) "
            "FROM STDIN (FORMAT binary, FREEZE)",
            now, data.orders(), 4, [&](CopyRows& rows, size_t i) {
              rows.AddId(data.order_customer(i).value());
            });
  CopyTable(connection,
            "COPY barcodes(id, barcode_value, order_id, is_used, created_at, "
            "updated_at) FROM STDIN (FORMAT binary, FREEZE)",
            now, data.barcodes(), 6, [&](CopyRows& rows, size_t i) {
              rows.AddText(data.barcode_value(i));
              const OrderId order = data.barcode_order(i);
              if (order.valid()) {
                rows.AddId(order.value());
              } else {
                rows.AddNull();
              }
              rows.AddBool(data.barcode_used(i));
            });
}

// ---- The peer --------------------------------------------------------------

class PostgresqlPeer : public Peer {
 public:
  PostgresqlPeer(const std::string& path, PostgresqlMode mode)
      : mode_(mode), server_(path, mode) {
    PostgresqlConnection connection(server_.sockets());
    const bool is_empty =
        connection.AskForNumber("SELECT count(to_regclass('barcodes'))") == 0;
    if (!is_empty) return;
    connection.Execute(std::string(kTables) + kConstraints);
  }

  void Load(const Workload& data) override {
    PostgresqlConnection connection(server_.sockets());
    connection.Execute("BEGIN; DROP TABLE barcodes, orders, customers");
    connection.Execute(kTables);
    CopyAll(data, connection);
    connection.Execute(kConstraints);
    connection.Execute(kSequences);
    connection.Execute("COMMIT");
    connection.Execute("VACUUM (ANALYZE)");
  }
  void Checkpoint() override {
    Close();
    Reopen();
  }
  void RunIn() override {
    PostgresqlConnection(server_.sockets()).Execute(kLogPages);
  }

  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<PostgresqlReader>(server_.sockets());
  }
  std::unique_ptr<PeerWriter> NewWriter() override {
    return std::make_unique<PostgresqlWriter>(server_.sockets());
  }

  void Backup(const std::string& path) override { server_.Backup(path); }
  std::unique_ptr<Peer> OpenBackup(const std::string& path) override {
    return std::make_unique<PostgresqlPeer>(path, mode_);
  }
  void Close() override { server_.End(); }
  void Reopen() override { server_.Start(); }

  // The pages of the tables and indexes, which shared_buffers has when they
  // have been read.
  int64_t MemoryBytes() override {
    PostgresqlConnection connection(server_.sockets());
    return connection.AskForNumber(
        "SELECT sum(pg_total_relation_size(name))::bigint FROM "
        "unnest(ARRAY['customers', 'orders', 'barcodes']::regclass[]) AS name");
  }
  int64_t ResidentBytes() override { return server_.ResidentBytes(); }

 private:
  const PostgresqlMode mode_;
  PostgresqlServer server_;
};

}  // namespace

std::unique_ptr<Peer> MakePostgresqlPeer(const std::string& path,
                                         PostgresqlMode mode) {
  return std::make_unique<PostgresqlPeer>(path, mode);
}

}  // namespace orderstore::bench
