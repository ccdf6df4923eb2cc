// `orderstore import --from`: the rows of a PostgreSQL database, or of a script
// of one, into a store.

#ifndef ORDERSTORE_TOOLS_IMPORT_FROM_H_
#define ORDERSTORE_TOOLS_IMPORT_FROM_H_

#include <cstddef>
#include <optional>
#include <string>

#include "exit_code.h"

namespace orderstore::tools {

struct ImportFromOptions {
  std::string folder;
  std::string from;  // a URI, a script's path, or `-`
  std::string schema = "public";
  std::optional<std::string> rejects;
  size_t top = 5;
  bool strict = false;
  bool json = false;
};

// What `--help` tells about it.
extern const char kImportFromHelp[];

ExitCode ImportFrom(const ImportFromOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_IMPORT_FROM_H_
