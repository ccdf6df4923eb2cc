// Crashes the store, some tens of thousands of times.
//
//   crash_campaign --crashes 300000 --seed 1
//
// lives one life (life.h) a seed, from --seed on, until there were so many
// crashes. Prints the seed of each that went wrong, and what; exit status 1
// then. `--seed S --crashes 1` repeats the beginning of one, and a range of
// seeds goes on where another run ended.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crash/life.h"
#include "scale.h"

namespace orderstore {
namespace {

constexpr int kCrashesALife = 10;

int RunCampaign(int64_t crashes, uint64_t seed) {
  const uint64_t first = seed;
  int failures = 0;
  for (int64_t done = 0; done < crashes; done += kCrashesALife, ++seed) {
    const std::string error = Life(seed).Run(kCrashesALife);
    if (error.empty()) continue;
    std::printf("%s\n", error.c_str());
    std::fflush(stdout);
    if (++failures == 10) break;
  }
  std::printf("%lld crashes of seeds %llu to %llu, %d of them went wrong\n",
              static_cast<long long>(crashes),
              static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(seed - 1), failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace orderstore

int main(int argc, char** argv) {
  int64_t crashes = orderstore::Scaled(20'000);
  uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--crashes") crashes = std::atoll(argv[i + 1]);
    if (name == "--seed") seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  return orderstore::RunCampaign(crashes, seed);
}
