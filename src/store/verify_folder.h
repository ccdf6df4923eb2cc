// VerifyStore, on any file system.

#ifndef ORDERSTORE_STORE_VERIFY_FOLDER_H_
#define ORDERSTORE_STORE_VERIFY_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "orderstore/verify.h"

namespace orderstore::store {

absl::StatusOr<VerifyReport> VerifyFolder(io::FileSystem& file_system,
                                          const std::string& path,
                                          const VerifyOptions& options);

}  // namespace orderstore::store

#endif  // ORDERSTORE_STORE_VERIFY_FOLDER_H_
