// `orderstore export --to`: a store into a PostgreSQL server.

#ifndef ORDERSTORE_TOOLS_EXPORT_TO_H_
#define ORDERSTORE_TOOLS_EXPORT_TO_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "exit_code.h"
#include "orderstore/ids.h"
#include "orderstore/store.h"
#include "sql/connection.h"
#include "sql/load.h"
#include "sql/partitions.h"

namespace orderstore::tools {

struct ExportToOptions {
  std::string folder;
  std::string uri;
  std::string schema = "public";
  bool replace = false;
  bool upsert = false;
  bool fast_load = false;
  bool stamp = false;
  std::optional<sql::PartitionBy> partition_by;
  // Applies the log, see follow.h.
  bool follow = false;
  bool resync = false;
  std::optional<Lsn> since_lsn;
  // Compares alone, see check_copy.h.
  bool check = false;
  bool json = false;
};

// Loads the server and prints what it holds then.
ExitCode ExportTo(const ExportToOptions& options);

// The loading alone; `followed_store` is LoadOptions::followed_store. Shows
// progress.
absl::StatusOr<sql::LoadReport> LoadServer(
    const ExportToOptions& options, const Store& store,
    const std::optional<std::string>& followed_store, sql::Connection& server);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_EXPORT_TO_H_
