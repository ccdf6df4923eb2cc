// `orderstore export --to --check`: whether a server's tables have the rows of
// a store.

#ifndef ORDERSTORE_TOOLS_CHECK_COPY_H_
#define ORDERSTORE_TOOLS_CHECK_COPY_H_

#include "exit_code.h"
#include "export_to.h"

namespace orderstore::tools {

// Compares the tables with the store as it is now; or, where they are kept a
// copy of it, as it was at the commit that they have. Prints what the server
// has, and what differs. Changes nothing. kProblems: something differs.
ExitCode CheckCopy(const ExportToOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_CHECK_COPY_H_
