// Crashes the store, some tens of thousands of times.
//
//   crash_campaign --crashes 300000 --seed 1
//
// lives one life (life.h) a seed, ten crashes long, from --seed on, until there
// were so many crashes. Prints the seed of each life that went wrong, and what;
// exit status 1 then. Another run goes on where one ended, or repeats a life:
// `--seed S --crashes 10`.

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "crash/life.h"
#include "scale.h"

namespace orderstore {
namespace {

constexpr int64_t kCrashesALife = 10;
// A harness that fails more often than this has said enough.
constexpr int kFailuresMax = 10;

int RunCampaign(int64_t crashes, uint64_t seed) {
  const uint64_t first = seed;
  int64_t done = 0;
  int failures = 0;
  for (; done < crashes && failures < kFailuresMax; ++seed) {
    Life life(seed);
    const std::string error =
        life.Run(static_cast<int>(std::min(kCrashesALife, crashes - done)));
    done += life.crashes();
    if (error.empty()) continue;
    std::printf("%s\n", error.c_str());
    std::fflush(stdout);
    ++failures;
  }
  std::printf("%" PRId64 " crashes, seeds %" PRIu64 " to %" PRIu64
              ": %d lives went wrong\n",
              done, first, seed - 1, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace orderstore

int main(int argc, char** argv) {
  int64_t crashes = orderstore::Scaled(20'000);
  uint64_t seed = 1;
  CLI::App app("Crashes the store on a simulated disk, and compares.");
  app.add_option("--crashes", crashes, "How many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seed", seed, "Of the first life; each has the next")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return orderstore::RunCampaign(crashes, seed);
}
