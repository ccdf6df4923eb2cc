#include "change_text.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "shell/row_lines.h"
#include "shell/words.h"

namespace orderstore::tools {

namespace {

using Json = nlohmann::ordered_json;

// What happened to a row: its columns by name, those that the log has.
struct RowChange {
  const char* verb;
  const char* table;
  Json columns;
};

Json TimeOf(Timestamp time) { return shell::TimeText(time); }

Json OrderOf(const std::optional<OrderId>& order) {
  return order ? Json(order->value()) : Json(nullptr);
}

// One overload a kind of change.
struct Describe {
  RowChange operator()(const CustomerInserted& change) const {
    const Customer& row = change.row;
    return {"insert",
            "customer",
            {{"id", row.id.value()},
             {"email", row.email},
             {"name", row.name},
             {"created_at", TimeOf(row.created_at)},
             {"updated_at", TimeOf(row.updated_at)}}};
  }
  RowChange operator()(const CustomerUpdated& change) const {
    Json columns = {{"id", change.id.value()}};
    if (change.email) columns["email"] = *change.email;
    if (change.name) columns["name"] = *change.name;
    columns["updated_at"] = TimeOf(change.updated_at);
    return {"update", "customer", columns};
  }
  RowChange operator()(const OrderInserted& change) const {
    const Order& row = change.row;
    return {"insert",
            "order",
            {{"id", row.id.value()},
             {"customer_id", row.customer_id.value()},
             {"created_at", TimeOf(row.created_at)},
             {"updated_at", TimeOf(row.updated_at)}}};
  }
  RowChange operator()(const OrderUpdated& change) const {
    return {"update",
            "order",
            {{"id", change.id.value()},
             {"customer_id", change.customer_id.value()},
             {"updated_at", TimeOf(change.updated_at)}}};
  }
  RowChange operator()(const BarcodeInserted& change) const {
    const Barcode& row = change.row;
    return {"insert",
            "barcode",
            {{"id", row.id.value()},
             {"barcode_value", row.value},
             {"order_id", OrderOf(row.order_id)},
             {"is_used", row.is_used},
             {"created_at", TimeOf(row.created_at)},
             {"updated_at", TimeOf(row.updated_at)}}};
  }
  RowChange operator()(const BarcodeUpdated& change) const {
    Json columns = {{"id", change.id.value()}};
    if (change.value) columns["barcode_value"] = *change.value;
    columns["order_id"] = OrderOf(change.order_id);
    columns["is_used"] = change.is_used;
    columns["updated_at"] = TimeOf(change.updated_at);
    return {"update", "barcode", columns};
  }
  RowChange operator()(const CustomerDeleted& change) const {
    return {"delete", "customer", {{"id", change.id.value()}}};
  }
  RowChange operator()(const OrderDeleted& change) const {
    return {"delete", "order", {{"id", change.id.value()}}};
  }
  RowChange operator()(const BarcodeDeleted& change) const {
    return {"delete", "barcode", {{"id", change.id.value()}}};
  }
};

void AppendValue(const Json& value, std::string& line) {
  if (value.is_string()) {
    shell::AppendWord(value.get_ref<const std::string&>(), line);
  } else if (value.is_null()) {
    line += '-';
  } else {
    line += value.dump();
  }
}

}  // namespace

void AppendLines(const LoggedTransaction& transaction, std::string& text) {
  for (const Change& change : transaction.changes) {
    const RowChange row = std::visit(Describe(), change);
    absl::StrAppend(&text, transaction.lsn, " ", row.verb, " ", row.table, " ");
    for (const auto& [name, value] : row.columns.items()) {
      if (name != "id") absl::StrAppend(&text, " ", name, "=");
      AppendValue(value, text);
    }
    text += '\n';
  }
}

void AppendJson(const LoggedTransaction& transaction, std::string& text) {
  Json changes = Json::array();
  for (const Change& change : transaction.changes) {
    RowChange row = std::visit(Describe(), change);
    changes.push_back({{"change", row.verb},
                       {"table", absl::StrCat(row.table, "s")},
                       {"row", std::move(row.columns)}});
  }
  const Json object = {
      {"lsn", transaction.lsn},
      {"time", transaction.time ? TimeOf(*transaction.time) : Json(nullptr)},
      {"changes", std::move(changes)}};
  text += object.dump();
  text += '\n';
}

}  // namespace orderstore::tools
