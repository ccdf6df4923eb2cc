// The size of a test's work, so that one test serves a release build and a
// sanitizer build that runs ten times slower.
//
//   for (int64_t i = 0; i < Scaled(10'000'000); ++i) { ... }
//
// The environment variable ORDERSTORE_TEST_SCALE is the percentage of the full
// size, 1 to 100; without it tests run at full size. The presets asan-ubsan,
// tsan and coverage set it.

#ifndef ORDERSTORE_TESTS_SCALE_H_
#define ORDERSTORE_TESTS_SCALE_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace orderstore {

// 1 to 100.
inline int64_t TestScalePercent() {
  const char* text = std::getenv("ORDERSTORE_TEST_SCALE");
  if (text == nullptr) return 100;
  return std::clamp<int64_t>(std::strtol(text, nullptr, 10), 1, 100);
}

// `full_count` times the percentage, at least 1.
inline int64_t Scaled(int64_t full_count) {
  return std::max<int64_t>(full_count * TestScalePercent() / 100, 1);
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_SCALE_H_
