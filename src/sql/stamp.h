// The table in which Alembic keeps which revision a schema is at.
//
// Thread-safety: functions without state; a Connection is one thread's.

#ifndef ORDERSTORE_SQL_STAMP_H_
#define ORDERSTORE_SQL_STAMP_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "orderstore/schema_revision.h"
#include "sql/connection.h"

namespace orderstore::sql {

// None: the schema has no such table. SchemaMismatch: it says nothing, or
// another revision than a store can have.
absl::StatusOr<std::optional<SchemaRevision>> ReadStamp(
    Connection& server, const std::string& schema);

// Statements after which the table, made if it is missing, has the revision.
std::string WriteStamp(SchemaRevision revision, std::string_view schema);

// Statements that fail where there is a table, and it has another revision than
// this one alone; one that no store has; any.
std::string RequireStamp(SchemaRevision revision, std::string_view schema);
std::string RequireKnownStamp(std::string_view schema);
std::string RequireNoStamp(std::string_view schema);

// A statement after which the table, where there is one, has the revision.
std::string MoveStamp(SchemaRevision revision, std::string_view schema);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_STAMP_H_
