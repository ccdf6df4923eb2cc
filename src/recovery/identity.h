// The file STORE, which makes a folder a store: its format and its UUID, as
// text. It is the last file that a new store gets and never changes: a folder
// without it holds nothing that was ever acknowledged.

#ifndef ORDERSTORE_RECOVERY_IDENTITY_H_
#define ORDERSTORE_RECOVERY_IDENTITY_H_

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"

namespace orderstore::recovery {

inline constexpr char kIdentityName[] = "STORE";

// None if the file is not there. DataLoss: it is damaged. FailedPrecondition:
// another format (UnknownFormat).
absl::StatusOr<std::optional<io::Uuid>> ReadIdentity(const io::Folder& folder);

// The same of a folder that another process may be making a store of: one
// without the file is given to `check`, and if that fails, is read again.
absl::StatusOr<std::optional<io::Uuid>> ReadIdentityOr(
    const io::Folder& folder,
    absl::FunctionRef<absl::Status(const io::Folder&)> check);

// The UUID of the store that is there. NotFound: none is. DataLoss: the file is
// damaged, or it is missing and others of a store are there.
absl::StatusOr<io::Uuid> RequireIdentity(const io::Folder& folder);

// Of a folder without STORE. DataLoss: there are files of a store, but for a
// first segment; the message says that STORE is missing.
absl::Status CheckHasNoFiles(const io::Folder& folder);
// The same of the first segment, which a store that is being made has before
// STORE, but without transactions. It is read whole.
absl::Status CheckHasNoTransactions(const io::Folder& folder);

// Writes the file, durably.
absl::Status WriteIdentity(const io::Folder& folder, const io::Uuid& store);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_IDENTITY_H_
