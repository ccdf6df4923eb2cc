// The steps of an import: tells the caller how far it is, and asks whether to
// go on.

#ifndef ORDERSTORE_CSV_IMPORT_STEPS_H_
#define ORDERSTORE_CSV_IMPORT_STEPS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "csv/import.h"

namespace orderstore::csv {

class ImportSteps {
 public:
  // `options` outlive this.
  explicit ImportSteps(const ImportOptions& options) : options_(options) {}

  // `rows` more rows are done. Cancelled: the caller wants no more.
  absl::Status Done(int64_t rows) {
    rows_ += rows;
    if (options_.progress) options_.progress(rows_);
    return GoOn();
  }

  absl::Status GoOn() const {
    if (!options_.is_cancelled || !options_.is_cancelled()) {
      return absl::OkStatus();
    }
    return absl::CancelledError("the import was cancelled");
  }

 private:
  const ImportOptions& options_;
  int64_t rows_ = 0;
};

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_IMPORT_STEPS_H_
