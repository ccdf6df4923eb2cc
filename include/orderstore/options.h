// How a store is opened. The defaults suit a ticket shop; no option has to be
// set.

#ifndef ORDERSTORE_OPTIONS_H_
#define ORDERSTORE_OPTIONS_H_

#include <chrono>
#include <cstdint>

#include "orderstore/logger.h"

namespace orderstore {

// When a commit returns.
enum class Durability {
  kSync,   // once it is on stable storage
  kAsync,  // at once; it is on stable storage a little later
};

// Which commits a read view shows.
enum class ReadLevel {
  // In a store whose durability is kSync, those that no crash can take back;
  // else all.
  kDefault,
  kLatest,  // all
};

struct Options {
  // The most memory, in bytes, that rows, versions and indexes may take; 0 is
  // no limit; a negative one is refused when the store is opened. Inserts and
  // updates end 512 KiB before it, which is more than one row takes: one
  // that finds less is refused whole with ResourceExhausted. Deletes and aborts
  // are never refused for memory, nor is what is in a folder when it is opened;
  // they may pass it.
  int64_t memory_bytes_max = 0;

  // Asks the kernel for huge pages (madvise MADV_HUGEPAGE) for rows and
  // indexes: fewer TLB misses for stores of many million rows, and up to 2.25
  // MiB of unused memory, which is not counted, for each of some 20 arrays. A
  // thread of the store's, started when it is opened, gets pages ready before
  // commits come to them. Where the kernel has no huge pages, small ones serve.
  // Without, there are none, whatever the system's default.
  bool huge_pages = false;

  // ---- Stores in a folder. ----

  // What Commit waits for, unless it is told otherwise.
  Durability durability = Durability::kSync;
  // A kAsync commit is durable after this time, unless the disk stalls
  // (StoreStats::unsynced_age shows it); and waits while more bytes than this
  // are not.
  std::chrono::microseconds async_delay_max = std::chrono::milliseconds(10);
  int64_t async_bytes_max = int64_t{4} << 20;

  // The size of each file of the log: 16 KiB to 1 GiB, rounded up to 4 KiB.
  int64_t segment_bytes = int64_t{16} << 20;

  // A snapshot is written in the background when something was committed since
  // the newest one, and the store has been open for so long since then, or so
  // many bytes of log were written since, before it was opened too; 0: never
  // for this reason. One that fails is tried again after as much.
  std::chrono::seconds snapshot_interval = std::chrono::hours(1);
  int64_t snapshot_log_bytes = int64_t{1} << 30;
  // How many of the newest are kept, and the log back to the oldest of them;
  // at least 1.
  int snapshots_kept = 2;
  // Half the size for more time (zstd, level 1).
  bool snapshot_compression = false;

  // ---- Watching (orderstore/logger.h). ----

  // Hears what happens to the store; none by default.
  Logger logger = {};
  // It hears also of transactions, and of writes that make commits durable,
  // that took so long or longer; 0: of none. Without a logger, or with 0, a
  // transaction reads no clock for it.
  std::chrono::microseconds slow_transaction = std::chrono::seconds(1);
  std::chrono::microseconds slow_sync = std::chrono::seconds(1);
};

}  // namespace orderstore

#endif  // ORDERSTORE_OPTIONS_H_
