// Looks at every byte of a store's files and tells everything that is wrong.
//
//   absl::StatusOr<VerifyReport> report = VerifyStore("shop");
//   if (!report.ok()) return report.status();  // could not look
//   for (const Problem& problem : report->problems) {
//     std::cerr << problem.file << ": " << problem.what << "\n";
//   }
//   if (!report->opens) std::cerr << report->open_error << "\n";
//
// What is looked at: the file STORE; each segment of the log, with every
// checksum, the chain of its frames, and that of the segments; each snapshot,
// with every checksum and digest, loaded row by row past every constraint of
// the schema; the log, repeated from each snapshot, and from the empty store if
// it goes back so far, and the states that this leads to compared with what
// the log and the snapshots say of them; the names of all other files.
//
// Changes nothing in the folder, and works beside a process that has the store
// open to write: files that come, grow and go meanwhile are no problem.
//
// What cannot be found: that transactions were lost with whole files whose
// absence nothing tells of, as where a folder was set back to an older copy of
// itself; and, after a crash of the machine, damage of the very last sector of
// the log that leaves nothing but zeros.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_VERIFY_H_
#define ORDERSTORE_VERIFY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "orderstore/export.h"
#include "orderstore/ids.h"
#include "orderstore/problem.h"

namespace orderstore {

// How thoroughly a store is looked at.
struct VerifyOptions {
  // Whether snapshots are loaded and the log is repeated. That takes the memory
  // of one open store, and the time of some openings. Without, only bytes and
  // checksums are looked at.
  bool replay = true;
};

// A file of the store.
struct VerifiedFile {
  // What its name says that it is.
  enum class Kind {
    kIdentity,  // STORE
    kSegment,
    kSnapshot,
  };

  std::string name;
  Kind kind = Kind::kSegment;
  int64_t bytes = 0;
  // Of a segment: the transactions that end in it, last_lsn is first_lsn - 1 if
  // there are none. Of a snapshot: both are its LSN. As far as they are known.
  Lsn first_lsn = 0;
  Lsn last_lsn = 0;
  // No problem names it.
  bool is_sound = true;
};

// What is wrong with a store, and what can be done with it.
struct VerifyReport {
  // 36 characters. As the file STORE has it, or else the other files.
  std::string store_uuid;

  // In the order of the files in the log, then snapshots, then others.
  std::vector<Problem> problems;
  // What should not be there and does no harm: temporary files that a crash
  // left, files of somebody else.
  std::vector<Problem> warnings;
  // By name: STORE, segments, snapshots.
  std::vector<VerifiedFile> files;

  // Whether Store::Open would open it, and the LSN of the state that it would
  // find; or what it would say.
  bool opens = false;
  Lsn open_lsn = 0;
  std::string open_error;
  // The LSN of the state that SalvageStore would save; none if there is none,
  // or with VerifyOptions::replay off.
  std::optional<Lsn> provable_lsn;
  // The newest LSN that any file tells of.
  Lsn newest_lsn = 0;

  // What a crash left of transactions that nobody was told of as committed; the
  // next opening cuts it off. No problem.
  int64_t torn_bytes = 0;
  int64_t unfinished_bytes = 0;

  // No problem was found.
  bool is_sound() const { return problems.empty(); }
};

// Verifies the store in `folder`. Damage is no error: it is what the report is
// for. O(bytes), and with VerifyOptions::replay O(snapshots * (rows + log)); a
// store with problems is looked at twice, to tell them from a writer's work.
//
//   NotFound            there is no such folder, or nothing of a store in it
//   FailedPrecondition  a file has a newer format or schema revision
//   Unavailable         the writer was too fast: files went while they were
//                       read, again and again; or an input error of the disk,
//                       which the message names
//   PermissionDenied, ResourceExhausted, InvalidArgument
//                       from the file system, or no memory
ORDERSTORE_EXPORT absl::StatusOr<VerifyReport> VerifyStore(
    const std::string& folder, const VerifyOptions& options = {});

}  // namespace orderstore

#endif  // ORDERSTORE_VERIFY_H_
