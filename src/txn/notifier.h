// Tells the host's logger what happens to the store, if it has one.
//
// Whoever tells holds no lock that Stats or a view waits for: the logger may
// call them (orderstore/logger.h).
//
// Thread-safety: all methods may be called from any thread.

#ifndef ORDERSTORE_TXN_NOTIFIER_H_
#define ORDERSTORE_TXN_NOTIFIER_H_

#include <chrono>
#include <string>
#include <utility>

#include "orderstore/logger.h"

namespace orderstore::txn {

class Notifier {
 public:
  explicit Notifier(Logger logger) : logger_(std::move(logger)) {}

  // Calls `word()`, which makes the message, and the logger with it, if there
  // is one. What they throw is lost: the store goes on.
  template <typename Word>
  void Tell(Severity severity, NoticeKind kind, Word word) const {
    if (logger_ == nullptr) return;
    try {
      const std::string message = word();
      logger_({.severity = severity, .kind = kind, .message = message});
    } catch (...) {
      // orderstore/logger.h says so.
    }
  }

 private:
  const Logger logger_;
};

// `1.234 s`, `12.3 ms`, or `567 us` below a millisecond.
std::string DurationText(std::chrono::nanoseconds duration);

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_NOTIFIER_H_
