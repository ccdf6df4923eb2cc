// Takes a store from one revision of the schema to another.
//
//   absl::StatusOr<SchemaRevision> before =
//       MigrateStore("shop", SchemaRevision::kTicketCount);
//
// The rows stay as they are: a revision says what a store's tables have on the
// servers that it is exported to (schema_revision.h).
//
// Thread-safety: a function without state.

#ifndef ORDERSTORE_MIGRATE_H_
#define ORDERSTORE_MIGRATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "orderstore/export.h"
#include "orderstore/options.h"
#include "orderstore/schema_revision.h"

namespace orderstore {

// Gives the store in `folder` the revision `to`, and returns the one that it
// had. Nobody has it open meanwhile. Writes a snapshot of the new revision,
// begins a new file of the log with it, which decides, and gives the snapshot
// its name: a crash at any moment leaves a store of one revision or the other,
// with all its rows. Does nothing if the store is there already. O(rows).
//
// Errors, after which the store has the revision that it had, or, if one of the
// last two steps failed, one of the two:
//   NotFound            there is no store
//   FailedPrecondition  a process has it open (the message has its pid), or it
//                       is of a newer format or an unknown revision
//   DataLoss, InvalidArgument, PermissionDenied, ResourceExhausted, Unavailable
//                       as Store::Open
ORDERSTORE_EXPORT absl::StatusOr<SchemaRevision> MigrateStore(
    const std::string& folder, SchemaRevision to, const Options& options = {});

}  // namespace orderstore

#endif  // ORDERSTORE_MIGRATE_H_
