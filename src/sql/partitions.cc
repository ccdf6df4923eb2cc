#include "sql/partitions.h"

#include <charconv>
#include <chrono>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"
#include "sql/revisions.h"
#include "sql/schema.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

// Those of std::chrono end with the year 32767.
using Month = absl::CivilMonth;
constexpr absl::CivilDay kEpoch(1970, 1, 1);

Month MonthOf(Timestamp time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  return Month(kEpoch + days.time_since_epoch().count());
}

// `2026_05`; `0044_03_bc`.
std::string NameOfMonth(Month month) {
  // There is no year 0.
  return absl::StrFormat("%04d_%02d%s",
                         month.year() > 0 ? month.year() : 1 - month.year(),
                         month.month(), month.year() > 0 ? "" : "_bc");
}

// Its first moment, as a bound.
std::string BeginOfMonth(Month month) {
  // Before what a server has, and behind what a store has.
  if (month <= MonthOf(kTimestampMin)) return "MINVALUE";
  if (month > MonthOf(kTimestampMax)) return "'infinity'";
  TimeText times;
  std::string text;
  times.Append(Timestamp(std::chrono::days(absl::CivilDay(month) - kEpoch)),
               text);
  return Literal(text);
}

// Months that have orders.
absl::StatusOr<std::set<Month>> MonthsOf(const Reader& reader) {
  std::set<Month> months;
  for (const Order& order : reader.Orders()) {
    months.insert(MonthOf(order.created_at));
    if (months.size() > size_t{kPartitionsMax}) {
      return absl::FailedPreconditionError(
          absl::StrCat("the orders are of more than ", kPartitionsMax,
                       " months, too many for a partition each"));
    }
  }
  return months;
}

std::string Part(std::string_view schema, Table table, const std::string& name,
                 const std::string& values) {
  const std::string parent = Qualified(schema, table);
  return absl::StrCat("CREATE TABLE ", parent, "_", name, " PARTITION OF ",
                      parent, " ", values, ";\n");
}

std::string MonthParts(std::string_view schema, Table table,
                       const std::set<Month>& months) {
  std::string text;
  for (const Month month : months) {
    text += Part(schema, table, NameOfMonth(month),
                 absl::StrCat("FOR VALUES FROM (", BeginOfMonth(month),
                              ") TO (", BeginOfMonth(month + 1), ")"));
  }
  if (table == Table::kBarcodes) {
    text += Part(schema, table, "unassigned",
                 "FOR VALUES FROM ('infinity') TO (MAXVALUE)");
  }
  return text + Part(schema, table, "rest", "DEFAULT");
}

std::string HashParts(std::string_view schema, Table table, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += Part(schema, table, absl::StrCat(i),
                 absl::StrCat("FOR VALUES WITH (MODULUS ", count,
                              ", REMAINDER ", i, ")"));
  }
  return text;
}

// The key's column in orders.
std::string_view OrderKeyOf(const PartitionBy& by) {
  return by.key == PartitionBy::Key::kOrderMonth ? "created_at" : "customer_id";
}

// `CREATE TABLE ... (...)` as a partitioned one, with a column more.
std::string Partitioned(std::string statement, const std::string& column,
                        const std::string& partition_by) {
  constexpr std::string_view kEnd = "\n);\n";
  statement.resize(statement.size() - kEnd.size());
  return absl::StrCat(statement, column, "\n) PARTITION BY ", partition_by,
                      ";\n");
}

// Triggers of rows are those of partitions too, also of such as come later.
constexpr char kConstraints[] =
    R"(ALTER TABLE {customers} ADD CONSTRAINT customers_pkey PRIMARY KEY (id);
ALTER TABLE {orders} ADD CONSTRAINT orders_pkey PRIMARY KEY (id, {order_key});
ALTER TABLE {barcodes} ADD CONSTRAINT barcodes_pkey PRIMARY KEY (id, {key});
ALTER TABLE {customers} ADD CONSTRAINT customers_email_key UNIQUE (email);
ALTER TABLE {orders} ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES {customers}(id);
ALTER TABLE {barcodes} ADD CONSTRAINT barcodes_order_id_fkey FOREIGN KEY (order_id, {key}) REFERENCES {orders}(id, {order_key});
ALTER TABLE {barcodes} ADD CONSTRAINT barcodes_{key}_check CHECK ((order_id IS NULL) = ({key} = {none}));
CREATE INDEX ix_barcodes_barcode_value ON {barcodes} USING btree (barcode_value);
CREATE TABLE {schema}.barcode_values (
    barcode_value character varying(255) NOT NULL
);
INSERT INTO {schema}.barcode_values (barcode_value)
SELECT barcode_value FROM {barcodes};
ALTER TABLE {schema}.barcode_values ADD CONSTRAINT barcode_values_pkey PRIMARY KEY (barcode_value);
CREATE FUNCTION {schema}.keep_barcode_values() RETURNS trigger
    LANGUAGE plpgsql
    AS $orderstore$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        DELETE FROM {schema}.barcode_values
        WHERE barcode_value = OLD.barcode_value;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO {schema}.barcode_values (barcode_value)
        VALUES (NEW.barcode_value);
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM {schema}.barcode_values;
    END IF;
    RETURN NULL;
END
$orderstore$;
CREATE TRIGGER keep_values AFTER INSERT OR DELETE ON {barcodes}
    FOR EACH ROW EXECUTE FUNCTION {schema}.keep_barcode_values();
CREATE TRIGGER keep_updated_values AFTER UPDATE OF barcode_value ON {barcodes}
    FOR EACH ROW WHEN (OLD.barcode_value IS DISTINCT FROM NEW.barcode_value)
    EXECUTE FUNCTION {schema}.keep_barcode_values();
CREATE TRIGGER keep_truncated_values AFTER TRUNCATE ON {barcodes}
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.keep_barcode_values();
)";

}  // namespace

std::optional<PartitionBy> ParsePartitionBy(std::string_view text) {
  if (text == "order-month") return PartitionBy();
  constexpr std::string_view kHash = "customer-hash:";
  if (!text.starts_with(kHash)) return std::nullopt;
  text.remove_prefix(kHash.size());
  PartitionBy by{.key = PartitionBy::Key::kCustomerHash};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, by.count);
  if (error != std::errc() || rest != end || by.count < 1 ||
      by.count > kPartitionsMax) {
    return std::nullopt;
  }
  return by;
}

std::string_view KeyColumnOf(const PartitionBy& by) {
  return by.key == PartitionBy::Key::kOrderMonth ? "order_created_at"
                                                 : "customer_id";
}

std::string ColumnsWithKey(Table table, const std::optional<PartitionBy>& by) {
  std::string columns(ColumnsOf(table));
  if (by && table == Table::kBarcodes) {
    absl::StrAppend(&columns, ", ", std::string(KeyColumnOf(*by)));
  }
  return columns;
}

absl::StatusOr<std::string> CreatePartitions(const Reader& reader,
                                             const PartitionBy& by,
                                             std::string_view schema) {
  const std::string orders = CreateTable(schema, Table::kOrders);
  const std::string barcodes = CreateTable(schema, Table::kBarcodes);
  const std::string key(KeyColumnOf(by));
  const std::string order_key(OrderKeyOf(by));
  std::string text = CreateSchema(schema);
  text += CreateTable(schema, Table::kCustomers);
  if (by.key == PartitionBy::Key::kCustomerHash) {
    absl::StrAppend(
        &text, Partitioned(orders, "", absl::StrCat("HASH (", order_key, ")")),
        HashParts(schema, Table::kOrders, by.count),
        Partitioned(barcodes, absl::StrCat(",\n    ", key, " integer NOT NULL"),
                    absl::StrCat("HASH (", key, ")")),
        HashParts(schema, Table::kBarcodes, by.count));
    return text;
  }
  const absl::StatusOr<std::set<Month>> months = MonthsOf(reader);
  if (!months.ok()) return months.status();
  absl::StrAppend(
      &text, Partitioned(orders, "", absl::StrCat("RANGE (", order_key, ")")),
      MonthParts(schema, Table::kOrders, *months),
      Partitioned(
          barcodes,
          absl::StrCat(",\n    ", key, " timestamp without time zone NOT NULL"),
          absl::StrCat("RANGE (", key, ")")),
      MonthParts(schema, Table::kBarcodes, *months));
  return text;
}

absl::StatusOr<std::string> MakeTables(const Reader& reader,
                                       const std::optional<PartitionBy>& by,
                                       std::string_view schema) {
  if (by) return CreatePartitions(reader, *by, schema);
  return CreateTables(schema);
}

std::string FinishTables(const std::optional<PartitionBy>& by,
                         SchemaRevision revision, std::string_view schema) {
  return by ? CompletePartitions(*by, revision, schema)
            : CompleteTables(revision, schema);
}

std::string DropBarcodeValues(std::string_view schema, bool if_exists) {
  const char* const condition = if_exists ? "IF EXISTS " : "";
  const std::string name = QuotedName(schema);
  return absl::StrCat("DROP TABLE ", condition, name, ".barcode_values;\n",
                      "DROP FUNCTION ", condition, name,
                      ".keep_barcode_values();\n");
}

std::string CompletePartitions(const PartitionBy& by, SchemaRevision revision,
                               std::string_view schema) {
  const std::string_view key = KeyColumnOf(by);
  const std::string_view order_key = OrderKeyOf(by);
  return absl::StrReplaceAll(
             kConstraints,
             {{"{customers}", Qualified(schema, Table::kCustomers)},
              {"{orders}", Qualified(schema, Table::kOrders)},
              {"{barcodes}", Qualified(schema, Table::kBarcodes)},
              {"{schema}", QuotedName(schema)},
              {"{key}", {key.data(), key.size()}},
              {"{none}",
               by.key == PartitionBy::Key::kOrderMonth ? "'infinity'" : "0"},
              {"{order_key}", {order_key.data(), order_key.size()}}}) +
         Upgrade(SchemaRevision::kTables, revision, schema);
}

}  // namespace orderstore::sql
