// Rows as lines of a reply:
//
//   customer ID EMAIL NAME
//   order ID CUSTOMER
//   barcode VALUE ORDER-or-dash used|unused
//
// In full they go on with the barcode's id, created_at and updated_at.

#ifndef ORDERSTORE_TOOLS_SHELL_ROW_LINES_H_
#define ORDERSTORE_TOOLS_SHELL_ROW_LINES_H_

#include <string>

#include "orderstore/records.h"

namespace orderstore::shell {

enum class Detail { kPlain, kFull };

std::string LineOf(const Customer& row, Detail detail = Detail::kPlain);
std::string LineOf(const Order& row, Detail detail = Detail::kPlain);
std::string LineOf(const Barcode& row, Detail detail = Detail::kPlain);

// ISO 8601 in UTC: `2024-05-01T08:30:00.000000Z`. Years that do not have four
// digits have a sign, as in -4713 and +294247 (year 0 is 1 BC).
std::string TimeText(Timestamp time);

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_ROW_LINES_H_
