// Revisions of the schema: what the tables have on a server that a store is
// exported to, and for which a folder's files say that they are written.
//
//   0001  the documented tables, their keys and unique columns
//   0002  the recommended indexes beside them; new stores are here
//   0003  customers.ticket_count, kept by triggers on a server
//
// In memory a store always has what all of them ask for: every index, and the
// ticket count of each customer. So a store of any of these revisions answers
// alike; orderstore/migrate.h takes one from one revision to another.
//
// Also the errors that ask for a program of another version.
//
// Thread-safety: values, and functions without state.

#ifndef ORDERSTORE_SCHEMA_REVISION_H_
#define ORDERSTORE_SCHEMA_REVISION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"

namespace orderstore {

// As the files' headers have it.
enum class SchemaRevision : uint32_t {
  kTables = 1,
  kIndexes = 2,
  kTicketCount = 3,
};

// Each is the parent of the next.
inline constexpr std::array kSchemaRevisions = {SchemaRevision::kTables,
                                                SchemaRevision::kIndexes,
                                                SchemaRevision::kTicketCount};
// Of new stores.
inline constexpr SchemaRevision kSchemaRevisionNew = SchemaRevision::kIndexes;

// `0002`.
constexpr std::string_view IdOf(SchemaRevision revision) {
  constexpr std::array<std::string_view, kSchemaRevisions.size()> kIds = {
      "0001", "0002", "0003"};
  return kIds[static_cast<size_t>(revision) - 1];
}

// `recommended indexes`.
constexpr std::string_view DescriptionOf(SchemaRevision revision) {
  constexpr std::array<std::string_view, kSchemaRevisions.size()>
      kDescriptions = {"documented tables", "recommended indexes",
                       "ticket count of customers"};
  return kDescriptions[static_cast<size_t>(revision) - 1];
}

// None: no revision has this number, or this id.
constexpr std::optional<SchemaRevision> SchemaRevisionOf(uint32_t number) {
  if (number < 1 || number > kSchemaRevisions.size()) return std::nullopt;
  return static_cast<SchemaRevision>(number);
}
constexpr std::optional<SchemaRevision> SchemaRevisionOf(std::string_view id) {
  for (const SchemaRevision revision : kSchemaRevisions) {
    if (IdOf(revision) == id) return revision;
  }
  return std::nullopt;
}

// An error that tells of a schema revision that this program does not know, or
// that is not the one that an operation needs: a program of another version, or
// a migration, helps. FailedPrecondition, and told from others by a mark.
inline absl::Status SchemaMismatch(std::string_view message) {
  absl::Status status =
      absl::FailedPreconditionError({message.data(), message.size()});
  status.SetPayload("orderstore/schema-mismatch", {});
  return status;
}
inline bool IsSchemaMismatch(const absl::Status& status) {
  return status.GetPayload("orderstore/schema-mismatch").has_value();
}

// An error that tells of a file in a format that this program does not know:
// the program that wrote it reads it. FailedPrecondition, and told from others
// by a mark.
inline absl::Status UnknownFormat(std::string_view message) {
  absl::Status status =
      absl::FailedPreconditionError({message.data(), message.size()});
  status.SetPayload("orderstore/unknown-format", {});
  return status;
}
inline bool IsUnknownFormat(const absl::Status& status) {
  return status.GetPayload("orderstore/unknown-format").has_value();
}

}  // namespace orderstore

#endif  // ORDERSTORE_SCHEMA_REVISION_H_
