// Finds equal texts among millions: decides which of the rows with the same
// barcode are kept, and which of the kept name an order that nobody knows.

#ifndef ORDERSTORE_CSV_DUPLICATES_H_
#define ORDERSTORE_CSV_DUPLICATES_H_

#include <span>
#include <string_view>
#include <vector>

#include "csv/barcode_rows.h"
#include "csv/id_set.h"

namespace orderstore::csv {

// Of rows with the same barcode,
enum class Duplicates {
  kKeepFirst,   // the first is kept
  kDropAll,     // none is kept
  kPreferSold,  // the first that names a known order is kept, else the first
};

// Gives the rows that go the reason kDuplicateBarcode. `orders` are the known
// ones. Rows with the same barcode are decided over the whole span, whatever
// orders they name. O(rows), some 20 ns a row.
void MarkDuplicates(Duplicates policy, const IdSet& orders,
                    std::span<BarcodeRow> rows);

// Gives rows without a reason that name an order not in `orders` the reason
// kUnknownOrder.
void MarkUnknownOrders(const IdSet& orders, std::span<BarcodeRow> rows);

// Says for each text whether it occurs more than once. O(texts), some 20 ns a
// text. There are fewer than 2^32.
std::vector<bool> FindRepeated(std::span<const std::string_view> texts);

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_DUPLICATES_H_
