// A store's rows by table.

#ifndef ORDERSTORE_SQL_ROWS_OF_H_
#define ORDERSTORE_SQL_ROWS_OF_H_

#include "orderstore/reader.h"
#include "orderstore/scan.h"
#include "sql/schema.h"

namespace orderstore::sql {

// What `visit` returns of the Scan over the table's rows, in order of their
// ids.
template <typename Visitor>
auto VisitRows(const Reader& reader, Table table, Visitor visit) {
  switch (table) {
    case Table::kCustomers:
      return visit(reader.Customers());
    case Table::kOrders:
      return visit(reader.Orders());
    case Table::kBarcodes:
      break;
  }
  return visit(reader.Barcodes());
}

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_ROWS_OF_H_
