// The random choices of a simulated disk, all from one seed.

#ifndef ORDERSTORE_TESTS_DISK_DICE_H_
#define ORDERSTORE_TESTS_DISK_DICE_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace orderstore::disk {

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  uint64_t Next() { return engine_(); }
  // 0 .. limit-1.
  size_t Below(size_t limit) { return static_cast<size_t>(engine_() % limit); }
  bool OneIn(size_t n) { return Below(n) == 0; }

  // Some of `count` things, in one of the patterns that find the most: all,
  // none, all but one, one alone, the first few, any.
  std::vector<bool> Some(size_t count) {
    if (count == 0) return {};
    switch (Below(6)) {
      case 0:
        return std::vector<bool>(count, true);
      case 1:
        return std::vector<bool>(count, false);
      case 2:
        return AllBut(Below(count), count, true);
      case 3:
        return AllBut(Below(count), count, false);
      case 4:
        return First(Below(count + 1), count);
      default:
        return Any(count);
    }
  }

 private:
  static std::vector<bool> AllBut(size_t one, size_t count, bool others) {
    std::vector<bool> chosen(count, others);
    chosen[one] = !others;
    return chosen;
  }
  static std::vector<bool> First(size_t first, size_t count) {
    std::vector<bool> chosen(first, true);
    chosen.resize(count, false);
    return chosen;
  }
  std::vector<bool> Any(size_t count) {
    std::vector<bool> chosen(count);
    for (size_t i = 0; i < count; ++i) chosen[i] = OneIn(2);
    return chosen;
  }

  std::mt19937_64 engine_;
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_DICE_H_
