// `orderstore export --to` with --follow or --since-lsn: keeps a server's
// tables a copy of a store.

#ifndef ORDERSTORE_TOOLS_FOLLOW_H_
#define ORDERSTORE_TOOLS_FOLLOW_H_

#include "exit_code.h"
#include "export_to.h"

namespace orderstore::tools {

// Loads the tables if they are no copy yet, and applies what the store's log
// has behind that: all there is now, or with `follow` also all that comes,
// until a signal.
ExitCode Follow(const ExportToOptions& options);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_FOLLOW_H_
