// SalvageStore, on any file system.

#ifndef ORDERSTORE_STORE_SALVAGE_FOLDER_H_
#define ORDERSTORE_STORE_SALVAGE_FOLDER_H_

#include <atomic>
#include <string>

#include "absl/status/statusor.h"
#include "io/file_system.h"
#include "orderstore/salvage.h"

namespace orderstore::store {

absl::StatusOr<SalvageReport> SalvageFolder(
    io::FileSystem& file_system, const std::string& path,
    const std::string& new_path, const std::atomic<bool>* cancelled = nullptr);

}  // namespace orderstore::store

#endif  // ORDERSTORE_STORE_SALVAGE_FOLDER_H_
