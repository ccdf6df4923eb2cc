#include "orderstore/change_log.h"

#include <utility>

#include "io/file_system.h"
#include "recovery/log_follower.h"

namespace orderstore {

using recovery::LogFollower;

ChangeLog::ChangeLog(std::unique_ptr<LogFollower> follower)
    : follower_(std::move(follower)) {}
ChangeLog::ChangeLog(ChangeLog&&) noexcept = default;
ChangeLog& ChangeLog::operator=(ChangeLog&&) noexcept = default;
ChangeLog::~ChangeLog() = default;

absl::StatusOr<ChangeLog> ChangeLog::OpenAt(const std::string& folder,
                                            std::optional<Lsn> after) {
  absl::StatusOr<std::unique_ptr<LogFollower>> follower =
      LogFollower::Open(io::Posix(), folder, after);
  if (!follower.ok()) return follower.status();
  return ChangeLog(*std::move(follower));
}

absl::StatusOr<ChangeLog> ChangeLog::Open(const std::string& folder,
                                          Lsn after) {
  return OpenAt(folder, after);
}

absl::StatusOr<ChangeLog> ChangeLog::OpenOldest(const std::string& folder) {
  return OpenAt(folder, std::nullopt);
}

const std::string& ChangeLog::store_uuid() const {
  return follower_->store_uuid();
}

Lsn ChangeLog::lsn() const { return follower_->lsn(); }

absl::StatusOr<std::optional<LoggedTransaction>> ChangeLog::Next() {
  return follower_->Next();
}

}  // namespace orderstore
