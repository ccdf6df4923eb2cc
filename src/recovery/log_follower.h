// Follows a store's log, beside its writer: ChangeLog is this, seen from
// outside.
//
// At the end of the log it keeps the place. There, only zeros are; once they
// are not, a new LogReader begins at the transaction after the last.
//
// What is read of a frame that is just being written may not be durable yet: a
// sync of the segment, after it was read and before anything of it is given
// out, makes sure that it is.
//
// Thread-safety: one thread at a time. The file system outlives the follower.

#ifndef ORDERSTORE_RECOVERY_LOG_FOLLOWER_H_
#define ORDERSTORE_RECOVERY_LOG_FOLLOWER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/file.h"
#include "io/uuid.h"
#include "orderstore/logged_transaction.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {

// The transaction in the body of a record; none if it makes no sense.
std::optional<LoggedTransaction> DecodeTransaction(Lsn lsn,
                                                   std::string_view body);

class LogFollower {
 public:
  // As ChangeLog::Open; `after` is none: from the oldest there is.
  static absl::StatusOr<std::unique_ptr<LogFollower>> Open(
      io::FileSystem& file_system, const std::string& path,
      std::optional<Lsn> after);

  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;

  const std::string& store_uuid() const { return store_uuid_; }
  Lsn lsn() const { return lsn_.value_or(0); }

  // As ChangeLog::Next.
  absl::StatusOr<std::optional<LoggedTransaction>> Next();

 private:
  LogFollower(io::Folder folder, const io::Uuid& store,
              std::optional<Lsn> after)
      : folder_(std::move(folder)),
        store_(store),
        store_uuid_(store.ToString()),
        lsn_(after) {}

  // The next transaction, which lsn_ does not know of yet.
  absl::StatusOr<std::optional<LoggedTransaction>> Read();
  absl::StatusOr<std::optional<LoggedTransaction>> TryRead();
  // The record after lsn_; none at the end.
  absl::StatusOr<std::optional<wal::LogItem>> ReadRecord();
  // Whether there may be something behind the end that was found last.
  absl::StatusOr<bool> MayHaveGrown() const;
  // Compares the end of the log with lsn_.
  absl::Status TakeEnd(const wal::LogEnd& end);
  absl::Status OutOfReach() const;
  absl::Status MakeDurable(uint32_t segment);

  const io::Folder folder_;
  const io::Uuid store_;
  const std::string store_uuid_;

  // None until it is known what the oldest is.
  std::optional<Lsn> lsn_;
  // None at the end.
  std::optional<wal::LogReader> reader_;
  // That a sync made durable since reader_ read it.
  std::optional<uint32_t> durable_segment_;
  // What Open found.
  std::optional<LoggedTransaction> first_;
  wal::LogEnd end_;
};

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_LOG_FOLLOWER_H_
