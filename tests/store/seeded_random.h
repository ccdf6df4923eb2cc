// Random numbers that are the same on every machine for the same seed, and the
// seeds that random tests run with.

#ifndef ORDERSTORE_TESTS_STORE_SEEDED_RANDOM_H_
#define ORDERSTORE_TESTS_STORE_SEEDED_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

namespace orderstore {

class SeededRandom {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}

  // 0 .. limit-1; 0 when limit is 0.
  int32_t Below(int32_t limit) {
    if (limit <= 0) return 0;
    return static_cast<int32_t>(engine_() % static_cast<uint64_t>(limit));
  }
  // 1 .. limit, as a size.
  size_t OneTo(int32_t limit) { return static_cast<size_t>(Below(limit)) + 1; }
  bool OneIn(int32_t n) { return Below(n) == 0; }

  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(Below(static_cast<int32_t>(from.size())))];
  }

 private:
  std::mt19937_64 engine_;
};

// 1 .. count, and the one of ORDERSTORE_TEST_SEED if that is set.
inline std::vector<uint64_t> TestSeeds(uint64_t count) {
  std::vector<uint64_t> seeds;
  for (uint64_t seed = 1; seed <= count; ++seed) seeds.push_back(seed);
  if (const char* given = std::getenv("ORDERSTORE_TEST_SEED")) {
    seeds.push_back(std::strtoull(given, nullptr, 10));
  }
  return seeds;
}

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_SEEDED_RANDOM_H_
