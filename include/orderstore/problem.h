// Something that is wrong with a store's files, as VerifyStore and SalvageStore
// find it.
//
//   for (const Problem& problem : report->problems) {
//     std::cerr << problem.file << ": " << problem.what << "\n";
//   }
//
// Thread-safety: values.

#ifndef ORDERSTORE_PROBLEM_H_
#define ORDERSTORE_PROBLEM_H_

#include <cstdint>
#include <optional>
#include <string>

#include "orderstore/ids.h"

namespace orderstore {

// Transactions that follow each other, both included.
struct LsnRange {
  Lsn first = 0;
  std::optional<Lsn> last;  // none: nobody knows how far it goes

  friend bool operator==(const LsnRange&, const LsnRange&) = default;
};

struct Problem {
  // Its name in the store's folder. A file that should be there and is not is
  // named too. A name of somebody else may hold any bytes but '/' and NUL.
  std::string file;
  // Where in the file; none: all of it, or its name.
  std::optional<int64_t> offset;
  // The transactions that cannot be read because of it; none: no transaction.
  // A snapshot's are those up to its LSN, but for what an older snapshot and
  // the log prove as well: from behind the newest LSN that is proven.
  // VerifyStore does not know them with VerifyOptions::replay off.
  std::optional<LsnRange> lsns;
  // In English, without the file's name.
  std::string what;

  friend bool operator==(const Problem&, const Problem&) = default;
};

}  // namespace orderstore

#endif  // ORDERSTORE_PROBLEM_H_
