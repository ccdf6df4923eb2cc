// Opens the store that a command works on.

#ifndef ORDERSTORE_TOOLS_STORE_OPENING_H_
#define ORDERSTORE_TOOLS_STORE_OPENING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "orderstore/logger.h"
#include "orderstore/store.h"

namespace orderstore::tools {

// Both say on standard error which damaged snapshots were passed over.

// Opens it to write, or makes it. Says also what of a crash was cut off, and,
// unless the options have a logger, that a snapshot in the background failed,
// or that older files could not be removed, which no call returns.
absl::StatusOr<std::unique_ptr<Store>> OpenToWrite(const std::string& folder,
                                                   Options options);

// The same for a store that there is, where the command may write a snapshot
// itself, and says itself when that fails. NotFound: there is none.
absl::StatusOr<std::unique_ptr<Store>> OpenToChange(const std::string& folder);

// A logger that prints notices of these kinds, as PrintMessage does.
Logger NoticePrinter(std::vector<NoticeKind> kinds);

// Whether a path names a snapshot file, NAME.snapshot.
bool IsSnapshotFile(const std::string& path);

// Opens it to read, beside a process that writes to it if there is one. `path`
// is its folder, or a snapshot file, which is read alone.
absl::StatusOr<std::unique_ptr<Store>> OpenToRead(const std::string& path);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_STORE_OPENING_H_
