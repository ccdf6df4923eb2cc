#include "sql/schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

// Of what a table has beside its keys and times.
std::string_view OwnColumns(Table table) {
  switch (table) {
    case Table::kCustomers:
      return "    email character varying(255) NOT NULL,\n"
             "    name character varying(255) NOT NULL,\n";
    case Table::kOrders:
      return "    customer_id integer NOT NULL,\n";
    case Table::kBarcodes:
      break;
  }
  return "    barcode_value character varying(255) NOT NULL,\n"
         "    order_id integer,\n"
         "    is_used boolean DEFAULT false NOT NULL,\n";
}

std::string AddConstraint(std::string_view schema, Table table,
                          std::string_view suffix,
                          const std::string& definition) {
  return absl::StrCat("ALTER TABLE ", Qualified(schema, table),
                      " ADD CONSTRAINT ", std::string(NameOf(table)), "_",
                      std::string(suffix), " ", definition, ";\n");
}

}  // namespace

std::string_view NameOf(Table table) {
  switch (table) {
    case Table::kCustomers:
      return "customers";
    case Table::kOrders:
      return "orders";
    case Table::kBarcodes:
      break;
  }
  return "barcodes";
}

std::string_view ColumnsOf(Table table) {
  switch (table) {
    case Table::kCustomers:
      return "id, email, name, created_at, updated_at";
    case Table::kOrders:
      return "id, customer_id, created_at, updated_at";
    case Table::kBarcodes:
      break;
  }
  return "id, barcode_value, order_id, is_used, created_at, updated_at";
}

std::string Qualified(std::string_view schema, Table table) {
  return absl::StrCat(QuotedName(schema), ".", std::string(NameOf(table)));
}

std::string TableNames(std::string_view schema) {
  std::string names;
  for (const Table table : kTables) {
    absl::StrAppend(&names, names.empty() ? "" : ", ",
                    Qualified(schema, table));
  }
  return names;
}

std::string CreateTable(std::string_view schema, Table table) {
  const std::string time =
      "timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL";
  return absl::StrCat("CREATE TABLE ", Qualified(schema, table),
                      " (\n    id serial,\n", std::string(OwnColumns(table)),
                      "    created_at ", time, ",\n    updated_at ", time,
                      "\n);\n");
}

std::string CreateSchema(std::string_view schema) {
  // This one is always there, and not everybody may make one.
  if (schema == "public") return "";
  return absl::StrCat("CREATE SCHEMA IF NOT EXISTS ", QuotedName(schema),
                      ";\n");
}

std::string CreateTables(std::string_view schema) {
  std::string text = CreateSchema(schema);
  for (const Table table : kTables) text += CreateTable(schema, table);
  return text;
}

std::string CreateConstraints(std::string_view schema) {
  std::string text;
  for (const Table table : kTables) {
    text += AddConstraint(schema, table, "pkey", "PRIMARY KEY (id)");
  }
  text +=
      AddConstraint(schema, Table::kCustomers, "email_key", "UNIQUE (email)");
  text += AddConstraint(schema, Table::kBarcodes, "barcode_value_key",
                        "UNIQUE (barcode_value)");
  const std::string orders = Qualified(schema, Table::kOrders);
  text +=
      AddConstraint(schema, Table::kOrders, "customer_id_fkey",
                    absl::StrCat("FOREIGN KEY (customer_id) REFERENCES ",
                                 Qualified(schema, Table::kCustomers), "(id)"));
  text += AddConstraint(
      schema, Table::kBarcodes, "order_id_fkey",
      absl::StrCat("FOREIGN KEY (order_id) REFERENCES ", orders, "(id)"));
  return text;
}

std::string DropTables(std::string_view schema, bool if_exists) {
  std::string text;
  for (auto table = kTables.rbegin(); table != kTables.rend(); ++table) {
    absl::StrAppend(&text, "DROP TABLE ", if_exists ? "IF EXISTS " : "",
                    Qualified(schema, *table), ";\n");
  }
  return text;
}

}  // namespace orderstore::sql
