// Which calls of a simulated disk fail, or do less than they were asked to.
//
// Not thread-safe: the disk's mutex guards it.

#ifndef ORDERSTORE_TESTS_DISK_FAULT_PLAN_H_
#define ORDERSTORE_TESTS_DISK_FAULT_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderstore::disk {

// The functions of io::FileSystem, but for Close and GiveToOwner, which cannot
// fail here, and ModifiedTime, which always does.
enum class Call {
  kMakeFolder,
  kOpenFolder,
  kOpen,
  kList,
  kRename,
  kRemove,
  kSize,
  kRead,
  kWrite,
  kSync,
  kSyncFolder,
  kLock,
};
inline constexpr size_t kCalls = 12;

inline std::string_view NameOf(Call call) {
  constexpr std::string_view kNames[kCalls] = {
      "MakeFolder", "OpenFolder", "Open",  "List", "Rename",     "Remove",
      "Size",       "Read",       "Write", "Sync", "SyncFolder", "Lock"};
  return kNames[static_cast<size_t>(call)];
}

struct Fault {
  // Which calls it counts: of this kind, of any kind if there is none; and with
  // this in their path.
  std::optional<Call> call = {};
  std::string path_part = {};
  // It strikes the nth of them from now on, 1 being the next.
  int64_t nth = 1;
  // And all that come after it.
  bool lasting = false;

  // What it does: the call fails with this errno, or, if it is 0, ...
  int error = 0;
  // ... reads or writes at most this many bytes.
  size_t bytes_max = std::numeric_limits<size_t>::max();
};

class FaultPlan {
 public:
  void Add(Fault fault) { faults_.push_back(std::move(fault)); }
  void Clear() { faults_.clear(); }

  struct Verdict {
    int error = 0;
    size_t bytes_max = std::numeric_limits<size_t>::max();
  };
  // Counts a call. If several faults strike it, the first one added counts.
  Verdict Judge(Call call, std::string_view path) {
    Verdict verdict;
    bool struck = false;
    for (Fault& fault : faults_) {
      if (fault.call && *fault.call != call) continue;
      if (path.find(fault.path_part) == path.npos) continue;
      --fault.nth;
      if (struck || fault.nth > 0 || (fault.nth < 0 && !fault.lasting)) {
        continue;
      }
      struck = true;
      verdict = {.error = fault.error, .bytes_max = fault.bytes_max};
    }
    return verdict;
  }

 private:
  std::vector<Fault> faults_;
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_FAULT_PLAN_H_
