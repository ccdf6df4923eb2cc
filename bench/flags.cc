#include "flags.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "checks.h"
#include "fixtures.h"
#include "latency_histogram.h"

namespace orderstore::bench {
namespace {

std::vector<int32_t> ParseSizes(std::string_view text) {
  std::vector<int32_t> sizes;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const int size = std::atoi(std::string(text.substr(0, comma)).c_str());
    if (size < 1000 || size > 10'000'000) {
      Fail("--customers: from 1000 to 10000000");
    }
    sizes.push_back(size);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return sizes;
}

}  // namespace

std::string TakeFlags(std::vector<char*>& arguments) {
  std::string print_memory;
  std::erase_if(arguments, [&](std::string_view argument) {
    const auto value_of = [&](std::string_view flag) {
      return argument.starts_with(flag)
                 ? std::optional(argument.substr(flag.size()))
                 : std::nullopt;
    };
    if (const auto sizes = value_of("--customers=")) {
      GlobalSettings().customers = ParseSizes(*sizes);
    } else if (const auto huge_pages = value_of("--huge_pages=")) {
      GlobalSettings().huge_pages = *huge_pages != "0";
    } else if (const auto folder = value_of("--folder=")) {
      GlobalSettings().folder = *folder;
    } else if (const auto subject = value_of("--print_memory=")) {
      print_memory = *subject;
    } else {
      return false;
    }
    return true;
  });
  return print_memory;
}

void AddContext() {
  const char* tunables = std::getenv("GLIBC_TUNABLES");
  benchmark::AddCustomContext("store_huge_pages",
                              GlobalSettings().huge_pages ? "1" : "0");
  benchmark::AddCustomContext("GLIBC_TUNABLES", tunables ? tunables : "");
  benchmark::AddCustomContext("clock_overhead_ns",
                              std::to_string(ClockOverheadNs()));
#ifdef NDEBUG
  benchmark::AddCustomContext("assertions", "off");
#else
  benchmark::AddCustomContext("assertions", "on");
#endif
}

}  // namespace orderstore::bench
