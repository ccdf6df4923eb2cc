#include "orderstore/migrate.h"

#include "io/file_system.h"
#include "store/open_store.h"

namespace orderstore {

absl::StatusOr<SchemaRevision> MigrateStore(const std::string& folder,
                                            SchemaRevision to,
                                            const Options& options) {
  return store::OpenStore::Migrate(io::Posix(), folder, to, options);
}

}  // namespace orderstore
