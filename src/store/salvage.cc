#include "orderstore/salvage.h"

#include "io/file_system.h"
#include "store/salvage_folder.h"

namespace orderstore {

absl::StatusOr<SalvageReport> SalvageStore(const std::string& folder,
                                           const std::string& new_folder,
                                           const std::atomic<bool>* cancelled) {
  return store::SalvageFolder(io::Posix(), folder, new_folder, cancelled);
}

}  // namespace orderstore
