#include "sql/revisions.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sql/schema.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

// `{customers}`, `{orders}` and `{barcodes}` stand for the tables, `{schema}`
// for their schema.
std::string Fill(std::string_view schema, const char* statements) {
  return absl::StrReplaceAll(
      statements, {{"{customers}", Qualified(schema, Table::kCustomers)},
                   {"{orders}", Qualified(schema, Table::kOrders)},
                   {"{barcodes}", Qualified(schema, Table::kBarcodes)},
                   {"{schema}", QuotedName(schema)}});
}

constexpr char kAddIndexes[] =
    "CREATE INDEX ix_orders_customer_id ON {orders} USING btree "
    "(customer_id);\n"
    "CREATE INDEX ix_barcodes_order_id_is_used ON {barcodes} USING btree "
    "(order_id, is_used);\n";

constexpr char kDropIndexes[] =
    "DROP INDEX {schema}.ix_barcodes_order_id_is_used;\n"
    "DROP INDEX {schema}.ix_orders_customer_id;\n";

// A trigger runs once a statement, however many rows that changes, and changes
// only customers whose number of tickets does: none where barcodes are
// redeemed. Orders are locked first, so that none moves to another customer
// while its tickets are counted.
constexpr char kAddTicketCount[] =
    R"(ALTER TABLE {customers} ADD COLUMN ticket_count integer DEFAULT 0 NOT NULL;
UPDATE {customers} c SET ticket_count = t.tickets
FROM (
    SELECT o.customer_id, count(*) AS tickets
    FROM {barcodes} b JOIN {orders} o ON o.id = b.order_id
    GROUP BY o.customer_id
) t
WHERE c.id = t.customer_id;
CREATE FUNCTION {schema}.count_tickets_of_barcodes() RETURNS trigger
    LANGUAGE plpgsql
    AS $orderstore$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM {orders} WHERE id IN (SELECT order_id FROM added)
        ORDER BY id FOR SHARE;
        UPDATE {customers} c SET ticket_count = c.ticket_count + t.tickets
        FROM (
            SELECT o.customer_id, count(*) AS tickets
            FROM added b JOIN {orders} o ON o.id = b.order_id
            GROUP BY o.customer_id
        ) t
        WHERE c.id = t.customer_id;
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM FROM {orders} WHERE id IN (
            SELECT coalesce(a.order_id, r.order_id)
            FROM added a JOIN removed r USING (id)
            WHERE a.order_id IS DISTINCT FROM r.order_id
            UNION ALL
            SELECT r.order_id
            FROM added a JOIN removed r USING (id)
            WHERE a.order_id IS DISTINCT FROM r.order_id
        )
        ORDER BY id FOR SHARE;
        UPDATE {customers} c SET ticket_count = c.ticket_count + t.tickets
        FROM (
            SELECT o.customer_id, sum(b.tickets) AS tickets
            FROM (
                SELECT order_id, 1 AS tickets FROM added
                UNION ALL
                SELECT order_id, -1 FROM removed
            ) b JOIN {orders} o ON o.id = b.order_id
            GROUP BY o.customer_id
            HAVING sum(b.tickets) <> 0
        ) t
        WHERE c.id = t.customer_id;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM FROM {orders} WHERE id IN (SELECT order_id FROM removed)
        ORDER BY id FOR SHARE;
        UPDATE {customers} c SET ticket_count = c.ticket_count - t.tickets
        FROM (
            SELECT o.customer_id, count(*) AS tickets
            FROM removed b JOIN {orders} o ON o.id = b.order_id
            GROUP BY o.customer_id
        ) t
        WHERE c.id = t.customer_id;
    ELSE
        UPDATE {customers} SET ticket_count = 0 WHERE ticket_count <> 0;
    END IF;
    RETURN NULL;
END
$orderstore$;
CREATE FUNCTION {schema}.count_tickets_of_orders() RETURNS trigger
    LANGUAGE plpgsql
    AS $orderstore$
BEGIN
    UPDATE {customers} c SET ticket_count = c.ticket_count + t.tickets
    FROM (
        SELECT o.customer_id, sum(o.side * (
            SELECT count(*) FROM {barcodes} b WHERE b.order_id = o.id
        )) AS tickets
        FROM (
            SELECT a.id, a.customer_id, 1 AS side
            FROM added a JOIN removed r USING (id)
            WHERE a.customer_id <> r.customer_id
            UNION ALL
            SELECT r.id, r.customer_id, -1
            FROM added a JOIN removed r USING (id)
            WHERE a.customer_id <> r.customer_id
        ) o
        GROUP BY o.customer_id
    ) t
    WHERE c.id = t.customer_id AND t.tickets <> 0;
    RETURN NULL;
END
$orderstore$;
CREATE TRIGGER count_inserted_tickets AFTER INSERT ON {barcodes}
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.count_tickets_of_barcodes();
CREATE TRIGGER count_updated_tickets AFTER UPDATE ON {barcodes}
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.count_tickets_of_barcodes();
CREATE TRIGGER count_deleted_tickets AFTER DELETE ON {barcodes}
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.count_tickets_of_barcodes();
CREATE TRIGGER count_truncated_tickets AFTER TRUNCATE ON {barcodes}
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.count_tickets_of_barcodes();
CREATE TRIGGER count_moved_tickets AFTER UPDATE ON {orders}
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.count_tickets_of_orders();
)";

constexpr char kDropTicketCount[] =
    "DROP TRIGGER count_moved_tickets ON {orders};\n"
    "DROP TRIGGER count_truncated_tickets ON {barcodes};\n"
    "DROP TRIGGER count_deleted_tickets ON {barcodes};\n"
    "DROP TRIGGER count_updated_tickets ON {barcodes};\n"
    "DROP TRIGGER count_inserted_tickets ON {barcodes};\n"
    "ALTER TABLE {customers} DROP COLUMN ticket_count;\n";

}  // namespace

std::string UpgradeTo(SchemaRevision revision, std::string_view schema) {
  switch (revision) {
    case SchemaRevision::kTables:
      return CreateTables(schema) + CreateConstraints(schema);
    case SchemaRevision::kIndexes:
      return Fill(schema, kAddIndexes);
    case SchemaRevision::kTicketCount:
      break;
  }
  return Fill(schema, kAddTicketCount);
}

std::string DowngradeFrom(SchemaRevision revision, std::string_view schema) {
  switch (revision) {
    case SchemaRevision::kTables:
      return DropTables(schema, /*if_exists=*/false);
    case SchemaRevision::kIndexes:
      return Fill(schema, kDropIndexes);
    case SchemaRevision::kTicketCount:
      break;
  }
  return Fill(schema, kDropTicketCount) +
         DropFunctions(revision, schema, /*if_exists=*/false);
}

std::string Upgrade(SchemaRevision from, SchemaRevision to,
                    std::string_view schema) {
  std::string text;
  for (const SchemaRevision step : kSchemaRevisions) {
    if (step > from && step <= to) text += UpgradeTo(step, schema);
  }
  return text;
}

std::string DropFunctions(SchemaRevision revision, std::string_view schema,
                          bool if_exists) {
  if (revision < SchemaRevision::kTicketCount) return "";
  std::string text;
  for (const char* name :
       {"count_tickets_of_orders", "count_tickets_of_barcodes"}) {
    absl::StrAppend(&text, "DROP FUNCTION ", if_exists ? "IF EXISTS " : "",
                    QuotedName(schema), ".", name, "();\n");
  }
  return text;
}

std::string CompleteTables(SchemaRevision revision, std::string_view schema) {
  return CreateConstraints(schema) +
         Upgrade(SchemaRevision::kTables, revision, schema);
}

}  // namespace orderstore::sql
