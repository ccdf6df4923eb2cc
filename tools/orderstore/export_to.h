// `orderstore export --to`: a store into a PostgreSQL server.

#ifndef ORDERSTORE_TOOLS_EXPORT_TO_H_
#define ORDERSTORE_TOOLS_EXPORT_TO_H_

#include <string>

#include "exit_code.h"

namespace orderstore::tools {

struct ExportToOptions {
  std::string folder;
  std::string uri;
  std::string schema;
  bool replace = false;
  bool upsert = false;
  bool fast_load = false;
  bool json = false;
};

// Loads the server and prints what it holds then.
ExitCode ExportTo(const ExportToOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_EXPORT_TO_H_
