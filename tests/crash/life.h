// The life of one store on a simulated disk: it works, crashes, recovers, is
// compared with the model, and goes on; all from one seed, which a failure
// names.
//
//   Life life(seed);
//   std::string error = life.Run(/*crashes=*/10);
//
// What must hold after each crash: everything acknowledged is there; what else
// there is, is the transactions behind it, whole and in order, as far as they
// were begun. Recovery itself may crash, as often as it likes.
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_TESTS_CRASH_LIFE_H_
#define ORDERSTORE_TESTS_CRASH_LIFE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "crash/ledger.h"
#include "crash/workload.h"
#include "disk/simulated_disk.h"
#include "orderstore/store.h"
#include "store/model_state.h"
#include "store/seeded_random.h"

namespace orderstore {

class Life {
 public:
  explicit Life(uint64_t seed);

  // Lives until so many crashes, with power cuts at any changes. Returns what
  // went wrong, or nothing.
  std::string Run(int crashes);
  // One opening of the store, and work until it closes, is killed or the power
  // goes off: at the nth change, if there are so many; 0: whenever work ends.
  std::string RunSession(int64_t cut_at);
  // Whether the last session came to that change.
  bool was_cut() const { return was_cut_; }
  // How many there were.
  int crashes() const { return crashes_; }

 private:
  std::string Open();
  std::string Work();
  std::string RunThreads();
  std::string RunTransaction(SeededRandom& random);
  // A snapshot, a backup, a sync, a look at a view.
  std::string DoSomethingElse();
  std::string End();

  std::string CheckBackup();
  // Whether an error with this code may come now.
  bool MayFail() const { return disk_.off(); }
  Options AnyOptions();
  std::string Error(const std::string& what) const;

  const uint64_t seed_;
  SeededRandom random_;
  disk::SimulatedDisk disk_;
  std::unique_ptr<Store> store_;
  Ledger ledger_;
  int crashes_ = 0;
  bool was_cut_ = false;

  // A backup that was acknowledged: where, and what must be in it.
  std::string backup_;
  State backup_state_;
  int backups_ = 0;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_CRASH_LIFE_H_
