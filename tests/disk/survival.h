// What a power cut leaves of all that was not synced.

#ifndef ORDERSTORE_TESTS_DISK_SURVIVAL_H_
#define ORDERSTORE_TESTS_DISK_SURVIVAL_H_

namespace orderstore::disk {

enum class Survival {
  kBySeed,      // one of those below
  kNothing,     // only what was synced
  kSome,        // any part of it
  kEverything,  // all of it, as if all had been synced in time
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_SURVIVAL_H_
