#include "fixtures.h"

namespace orderstore::bench {

Settings& GlobalSettings() {
  static auto& settings = *new Settings;
  return settings;
}

const Workload& WorkloadFor(int32_t customers) {
  static auto& workloads = *new std::map<int32_t, std::unique_ptr<Workload>>;
  std::unique_ptr<Workload>& workload = workloads[customers];
  if (workload == nullptr) workload = std::make_unique<Workload>(customers);
  return *workload;
}

}  // namespace orderstore::bench
