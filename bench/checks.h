// A benchmark whose subjects fail or disagree measures nothing: it ends the
// process with a message.

#ifndef ORDERSTORE_BENCH_CHECKS_H_
#define ORDERSTORE_BENCH_CHECKS_H_

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace orderstore::bench {

[[noreturn]] inline void Fail(std::string_view message) {
  std::fprintf(stderr, "benchmark: %.*s\n", static_cast<int>(message.size()),
               message.data());
  std::abort();
}

inline void Require(bool condition, const char* message) {
  if (!condition) [[unlikely]] {
    Fail(message);
  }
}

inline void Require(const absl::Status& status) {
  if (!status.ok()) [[unlikely]] {
    Fail(status.ToString());
  }
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_CHECKS_H_
