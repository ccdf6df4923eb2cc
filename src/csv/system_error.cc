#include "csv/system_error.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace orderstore::csv {

namespace {

constexpr char kErrnoPayload[] = "orderstore/errno";

}  // namespace

absl::Status SystemError(int error, std::string_view what) {
  absl::Status status =
      absl::ErrnoToStatus(error, absl::string_view(what.data(), what.size()));
  status.SetPayload(kErrnoPayload, absl::Cord(std::to_string(error)));
  return status;
}

int ErrnoOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrnoPayload);
  int error = 0;
  if (!payload || !absl::SimpleAtoi(std::string(*payload), &error)) return 0;
  return error;
}

}  // namespace orderstore::csv
