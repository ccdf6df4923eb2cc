#include "flags.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "checks.h"
#include "fixtures.h"
#include "latency_histogram.h"
#include "pinning.h"
#include "scratch_folder.h"

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

// What a process is for that another one has started; empty: it is none.
struct OwnProcess {
  std::string print_memory;   // the subject
  std::string print_opening;  // the path
};

// Takes our flags out of the arguments and into GlobalSettings.
OwnProcess TakeFlags(std::vector<char*>& arguments) {
  OwnProcess own_process;
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
    } else if (const auto answers = value_of("--answers=")) {
      GlobalSettings().answers = *answers;
    } else if (const auto subject = value_of("--print_memory=")) {
      own_process.print_memory = *subject;
    } else if (const auto path = value_of("--print_opening=")) {
      own_process.print_opening = *path;
    } else {
      return false;
    }
    return true;
  });
  return own_process;
}

// False: it is no process of that kind.
bool Print(const OwnProcess& own_process, const Program& program) {
  const int32_t customers = GlobalSettings().customers.front();
  if (!own_process.print_memory.empty()) {
    program.print_memory(own_process.print_memory, customers);
  } else if (!own_process.print_opening.empty()) {
    Require(program.print_opening != nullptr, "--print_opening: of what?");
    program.print_opening(own_process.print_opening, customers);
  } else {
    return false;
  }
  return true;
}

// Puts what the figures depend on into the results.
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

}  // namespace

int RunProgram(int argc, char** argv, const Program& program) {
  std::vector<char*> arguments(argv, argv + argc);
  const OwnProcess own_process = TakeFlags(arguments);
  PinThisThread(1);
  if (Print(own_process, program)) {
    RemoveScratchFolder();
    return 0;
  }
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  AddContext();
  const std::string& answers = GlobalSettings().answers;
  if (!answers.empty()) ReadAnswers(answers);
  for (int32_t customers : GlobalSettings().customers) {
    program.register_all(customers);
  }
  benchmark::RunSpecifiedBenchmarks();
  program.end();
  if (!answers.empty()) WriteAnswers(answers);
  RemoveScratchFolder();
  benchmark::Shutdown();
  return 0;
}

}  // namespace orderstore::bench
