// One fixed tale of a store on a simulated disk, for tests that make single
// calls of it fail: it is made, written to (sync and async, in one frame and in
// many, with rotations), snapshots and a backup are taken, it is closed, opened
// again and left without a close.
//
//   Story story({.seed = 1, .errors_may_come = true});
//   story.disk().FailCall(17, EIO);
//   std::string error = story.Run();
//
// Whatever fails, the story goes on as a careful program would: it tries again
// what was refused, opens the store again when its log has failed, and looks at
// every answer. What must hold:
//
//   - nothing acknowledged is lost, nothing refused shows up, not even in a
//     view;
//   - an error has a documented code and names a path;
//   - reads go on after the log has failed, and nothing is written any more;
//   - the store opens once the fault is over, and is as the ledger says; also
//     if the page cache is dropped before, or the power is cut afterwards.
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_TESTS_CRASH_STORY_H_
#define ORDERSTORE_TESTS_CRASH_STORY_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "crash/ledger.h"
#include "crash/workload.h"
#include "disk/simulated_disk.h"
#include "orderstore/store.h"
#include "store/seeded_random.h"

namespace orderstore {

struct StoryOptions {
  uint64_t seed = 1;       // of what is told
  uint64_t disk_seed = 1;  // of what the disk leaves where it may choose
  // Of the store; each commit chooses anew.
  Durability durability = Durability::kSync;
  // Calls fail, so statements may. Otherwise nothing does.
  bool errors_may_come = false;
  // More than once.
  bool lasting = false;
  // Of the disk: no call fails, but there may be no room.
  bool only_full = false;
  // What the reopening after a failure, and the end, are preceded by.
  bool drops_cache = false;
};

class Story {
 public:
  explicit Story(const StoryOptions& options);

  disk::SimulatedDisk& disk() { return disk_; }

  // Tells it. Returns what went wrong, or nothing.
  std::string Run();

  // What the run came to.
  int log_failures() const { return log_failures_; }
  int refusals() const { return refusals_; }  // of commits

 private:
  using Codes = std::initializer_list<absl::StatusCode>;

  std::string FirstSession();
  std::string SecondSession();
  std::string Ending();

  // ---- Steps: each returns what went wrong, or nothing. ----
  // Tries until the store is open; takes the faults away if they last.
  std::string Open();
  std::string Close();
  std::string RunTransactions(int count);
  std::string RunTransaction(bool large);
  std::string Sync();
  std::string WriteSnapshot();
  std::string Backup();
  // The log may have failed: then the store still shows what it showed, takes
  // nothing more, and is opened again.
  std::string LookAfterFailure();
  std::string CheckBackup();
  // Of the open store's default views.
  std::string CheckView();

  // Whether an error is one that may come: its code and a path in its message.
  std::string Judge(const char* step, const absl::Status& status,
                    Codes codes) const;
  static std::string JudgeText(const absl::Status& status, Codes codes,
                               const std::string& text);
  void EndFaults();
  std::string Error(const std::string& what) const;

  const StoryOptions options_;
  disk::SimulatedDisk disk_;
  SeededRandom random_;
  std::unique_ptr<Store> store_;
  Ledger ledger_;
  bool over_ = false;  // no call fails any more
  int log_failures_ = 0;
  int refusals_ = 0;
  bool backed_up_ = false;
  State backup_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_CRASH_STORY_H_
