// How calls of the C API end: with a code, the thread's message, and no
// exception.
//
//   orderstore_code orderstore_sync(orderstore_t* store, uint64_t* lsn) {
//     return capi::Guarded([&] {
//       if (store == nullptr) return capi::IsNull("store");
//       const absl::StatusOr<orderstore::Lsn> synced = store->store->Sync();
//       if (!synced.ok()) return capi::Fail(synced.status());
//       capi::Give(*synced, lsn);
//       return capi::Succeed();
//     });
//   }
//
// Thread-safety: what these set is the calling thread's.

#ifndef ORDERSTORE_CAPI_CODE_H_
#define ORDERSTORE_CAPI_CODE_H_

#include <cstddef>
#include <cstring>
#include <type_traits>

#include "absl/status/status.h"
#include "orderstore/c/code.h"

namespace orderstore::capi {

// A message that is longer is cut, between two characters.
inline constexpr size_t kMessageBytesMax = 4095;

// Each sets the thread's message, and returns the code.
orderstore_code Succeed() noexcept;
// `message` is a literal: nothing is copied.
orderstore_code Fail(orderstore_code code, const char* message) noexcept;
// Of a status that is not OK.
orderstore_code Fail(const absl::Status& status) noexcept;
// Either of them.
orderstore_code End(const absl::Status& status) noexcept;
// The argument of this name, a literal, is NULL.
orderstore_code IsNull(const char* argument);
// By a handler: of the exception that it handles.
orderstore_code FailByException() noexcept;

// Gives the thread, when it is destroyed, the message back that it had.
class KeptMessage {
 public:
  KeptMessage() noexcept;
  KeptMessage(const KeptMessage&) = delete;
  KeptMessage& operator=(const KeptMessage&) = delete;
  ~KeptMessage();

 private:
  const char* const message_;
  char text_[kMessageBytesMax + 1];
};

// Calls `body`, which returns an orderstore_code.
template <typename Body>
orderstore_code Guarded(Body body) noexcept {
  try {
    return body();
  } catch (...) {
    return FailByException();
  }
}

// Gives `value` to who wants it.
template <typename Value, typename Out>
void Give(const Value& value, Out* out) {
  if (out != nullptr) *out = value;
}

// OK, and leaves the thread's message alone, if a program whose report has
// `size` bytes knows all of it. These reports have not grown yet: nobody knows
// less. Otherwise the call fails so.
template <typename Report>
orderstore_code CheckReportSize(size_t size) {
  if (size >= sizeof(Report)) return ORDERSTORE_OK;
  return Fail(ORDERSTORE_INVALID_ARGUMENT,
              "the size of the report is too small; pass sizeof *report; "
              "nothing was done");
}

// Gives a report to a program whose report has `size` bytes, which are enough.
template <typename Report>
void GiveReport(const Report& report, Report* out, size_t size) {
  static_assert(std::is_trivially_copyable_v<Report>);
  std::memset(out, 0, size);
  std::memcpy(out, &report, sizeof report);
}

}  // namespace orderstore::capi

#endif  // ORDERSTORE_CAPI_CODE_H_
