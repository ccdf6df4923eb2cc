#include "orderstore/verify.h"

#include "io/file_system.h"
#include "store/verify_folder.h"

namespace orderstore {

absl::StatusOr<VerifyReport> VerifyStore(const std::string& folder,
                                         const VerifyOptions& options) {
  return store::VerifyFolder(io::Posix(), folder, options);
}

}  // namespace orderstore
