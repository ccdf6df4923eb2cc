// Tells the host's logger what happens to the store, if it has one.
//
// Whoever tells holds no lock that Stats or a view takes: the logger may call
// them (orderstore/logger.h).
//
// Thread-safety: all methods may be called from any thread.

#ifndef ORDERSTORE_TXN_NOTIFIER_H_
#define ORDERSTORE_TXN_NOTIFIER_H_

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "orderstore/logger.h"

namespace orderstore::txn {

class Notifier {
 public:
  explicit Notifier(Logger logger) : logger_(std::move(logger)) {}

  // Whether there is a logger: what nobody hears need not be worded.
  bool has_listener() const { return logger_ != nullptr; }

  // What the logger throws is lost.
  void Tell(Severity severity, NoticeKind kind, std::string_view message) const;

 private:
  const Logger logger_;
};

// `1.234 s`, or `567 us` below a millisecond.
std::string DurationText(std::chrono::nanoseconds duration);

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_NOTIFIER_H_
