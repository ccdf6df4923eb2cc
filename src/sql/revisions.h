// What each revision of the schema has beside the one before it, as
// PostgreSQL's statements; those of tools/alembic lead to the same tables.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_SQL_REVISIONS_H_
#define ORDERSTORE_SQL_REVISIONS_H_

#include <string>
#include <string_view>

#include "orderstore/schema_revision.h"

namespace orderstore::sql {

// Statements, each with its semicolon and line end, that take a schema to
// `revision` from the one before; to the first from none of the tables.
std::string UpgradeTo(SchemaRevision revision, std::string_view schema);
// The other way.
std::string DowngradeFrom(SchemaRevision revision, std::string_view schema);

// Those of all steps from one revision to a later one.
std::string Upgrade(SchemaRevision from, SchemaRevision to,
                    std::string_view schema);

// The functions of triggers stay when their tables are dropped.
std::string DropFunctions(SchemaRevision revision, std::string_view schema,
                          bool if_exists);

// What tables that CreateTables made, and that have their rows, still need to
// be at `revision`.
std::string CompleteTables(SchemaRevision revision, std::string_view schema);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_REVISIONS_H_
