// The words of error messages about rows.

#ifndef ORDERSTORE_TXN_MESSAGES_H_
#define ORDERSTORE_TXN_MESSAGES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "orderstore/ids.h"
#include "txn/text_check.h"

namespace orderstore::txn {

inline std::string NameOf(CustomerId id) {
  return absl::StrCat("customer ", id.value());
}
inline std::string NameOf(OrderId id) {
  return absl::StrCat("order ", id.value());
}
inline std::string NameOf(BarcodeId id) {
  return absl::StrCat("barcode ", id.value());
}

template <typename RowId>
absl::Status NoSuch(RowId id) {
  return absl::NotFoundError(absl::StrCat("there is no ", NameOf(id)));
}

template <typename RowId>
absl::Status CheckId(RowId id) {
  if (id.valid()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(NameOf(id), ": ids are 1 to 2147483647"));
}

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_MESSAGES_H_
