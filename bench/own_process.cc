#include "own_process.h"

#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "checks.h"
#include "fixtures.h"

namespace orderstore::bench {
namespace {

std::string ThisProgram() {
  const char* const named = std::getenv("ORDERSTORE_BENCH_PROGRAM");
  if (named != nullptr) return named;
  std::string path(PATH_MAX, '\0');
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  Require(size > 0, "cannot read /proc/self/exe");
  path.resize(static_cast<size_t>(size));
  return path;
}

}  // namespace

std::map<std::string, double> RunInOwnProcess(std::string_view subject,
                                              int32_t customers,
                                              bool huge_pages) {
  return RunInOwnProcess("--print_memory=" + std::string(subject) + "' '" +
                             "--huge_pages=" + (huge_pages ? "1" : "0"),
                         customers);
}

std::map<std::string, double> RunInOwnProcess(const std::string& task,
                                              int32_t customers) {
  const std::string command = "'" + ThisProgram() + "' '" + task +
                              "' --customers=" + std::to_string(customers) +
                              " '--folder=" + GlobalSettings().folder + "'";
  FILE* output = popen(command.c_str(), "r");
  Require(output != nullptr, "cannot start a process");
  std::map<std::string, double> counters;
  std::array<char, 64> name;
  double value = 0;
  while (std::fscanf(output, "%63s %lf", name.data(), &value) == 2) {
    counters[name.data()] = value;
  }
  Require(pclose(output) == 0, "a process of its own failed");
  return counters;
}

void PrintCounter(const char* name, double value) {
  std::printf("%s %.3f\n", name, value);
}

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total_pages = 0;
  int64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  Require(resident_pages > 0, "cannot read /proc/self/statm");
  return resident_pages * sysconf(_SC_PAGESIZE);
}

int64_t PeakResidentBytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  int64_t kib = 0;
  while (status >> word && word != "VmHWM:") {
  }
  status >> kib;
  Require(kib > 0, "cannot read VmHWM in /proc/self/status");
  return kib << 10;
}

void ForgetPeak() {
  std::ofstream clear_refs("/proc/self/clear_refs");
  clear_refs << 5 << std::flush;
  Require(clear_refs.good(), "cannot write to /proc/self/clear_refs");
}

}  // namespace orderstore::bench
