// Numbers below n of which few are drawn often: the k-th most frequent with a
// probability in proportion to 1 / k^0.99, as YCSB draws keys (Gray et al.,
// "Quickly generating billion-record synthetic databases", 1994). The frequent
// ones are spread over the range.

#ifndef ORDERSTORE_BENCH_ZIPF_H_
#define ORDERSTORE_BENCH_ZIPF_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "workload.h"

namespace orderstore::bench {

class Zipf {
 public:
  explicit Zipf(uint64_t n) : n_(n), zeta_(Zeta(n)) {}

  uint64_t Draw(Random& random) const {
    return Random(Rank(random.Unit())).Below(n_);
  }

 private:
  static constexpr double kTheta = 0.99;

  static double Zeta(uint64_t n) {
    double sum = 0;
    for (uint64_t k = 1; k <= n; ++k) {
      sum += std::pow(static_cast<double>(k), -kTheta);
    }
    return sum;
  }

  // Of the number at `unit` in the cumulated probabilities; 0: most frequent.
  uint64_t Rank(double unit) const {
    const double at = unit * zeta_;
    if (at < 1) return 0;
    if (at < 1 + std::pow(0.5, kTheta)) return 1;
    const auto rank = static_cast<uint64_t>(
        static_cast<double>(n_) *
        std::pow(eta_ * unit - eta_ + 1, 1 / (1 - kTheta)));
    return std::min(rank, n_ - 1);
  }

  const uint64_t n_;
  const double zeta_;
  const double eta_ = (1 - std::pow(2 / static_cast<double>(n_), 1 - kTheta)) /
                      (1 - Zeta(2) / zeta_);
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_ZIPF_H_
