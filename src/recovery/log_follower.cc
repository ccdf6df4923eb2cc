#include "recovery/log_follower.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "io/coding.h"
#include "recovery/beside_writer.h"
#include "recovery/identity.h"
#include "txn/redo.h"

namespace orderstore::recovery {
namespace {

using txn::RedoOp;

Change InsertionOf(const RedoOp& op) {
  const Timestamp created_at = op.created();
  const Timestamp updated_at = op.updated();
  switch (op.kind) {
    case RedoOp::Kind::kInsertCustomer:
      return CustomerInserted{{.id = op.Id<CustomerId>(),
                               .email = op.text,
                               .name = op.name,
                               .created_at = created_at,
                               .updated_at = updated_at}};
    case RedoOp::Kind::kInsertOrder:
      return OrderInserted{{.id = op.Id<OrderId>(),
                            .customer_id = op.customer(),
                            .created_at = created_at,
                            .updated_at = updated_at}};
    default:
      return BarcodeInserted{{.id = op.Id<BarcodeId>(),
                              .value = op.text,
                              .order_id = op.order(),
                              .is_used = op.used,
                              .created_at = created_at,
                              .updated_at = updated_at}};
  }
}

Change ChangeOf(const RedoOp& op) {
  const Timestamp updated_at = op.updated();
  switch (op.kind) {
    case RedoOp::Kind::kUpdateCustomer:
      return CustomerUpdated{.id = op.Id<CustomerId>(),
                             .email = op.text,
                             .name = op.name,
                             .updated_at = updated_at};
    case RedoOp::Kind::kTouchCustomer:
      return CustomerUpdated{.id = op.Id<CustomerId>(),
                             .email = std::nullopt,
                             .name = std::nullopt,
                             .updated_at = updated_at};
    case RedoOp::Kind::kUpdateOrder:
      return OrderUpdated{.id = op.Id<OrderId>(),
                          .customer_id = op.customer(),
                          .updated_at = updated_at};
    case RedoOp::Kind::kUpdateBarcode:
    case RedoOp::Kind::kSetBarcode:
      return BarcodeUpdated{
          .id = op.Id<BarcodeId>(),
          .value = op.has_text() ? std::optional<std::string_view>(op.text)
                                 : std::nullopt,
          .order_id = op.order(),
          .is_used = op.used,
          .updated_at = updated_at};
    case RedoOp::Kind::kDeleteCustomer:
      return CustomerDeleted{op.Id<CustomerId>()};
    case RedoOp::Kind::kDeleteOrder:
      return OrderDeleted{op.Id<OrderId>()};
    case RedoOp::Kind::kDeleteBarcode:
      return BarcodeDeleted{op.Id<BarcodeId>()};
    default:
      return InsertionOf(op);
  }
}

}  // namespace

std::optional<LoggedTransaction> DecodeTransaction(Lsn lsn,
                                                   std::string_view body) {
  LoggedTransaction transaction{.lsn = lsn, .time = {}, .changes = {}};
  txn::RedoReader reader(body);
  while (const std::optional<RedoOp> op = reader.Next()) {
    if (op->id == 0) return std::nullopt;
    transaction.changes.push_back(ChangeOf(*op));
    if (op->deletes()) continue;
    const Timestamp updated_at = op->updated();
    transaction.time =
        std::max(transaction.time.value_or(updated_at), updated_at);
  }
  if (!reader.done()) return std::nullopt;
  return transaction;
}

// ---- Opening ---------------------------------------------------------------

absl::StatusOr<std::unique_ptr<LogFollower>> LogFollower::Open(
    io::FileSystem& file_system, const std::string& path,
    std::optional<Lsn> after) {
  absl::StatusOr<io::Folder> folder = io::Folder::Open(file_system, path);
  if (!folder.ok()) return folder.status();
  const absl::StatusOr<io::Uuid> store = RequireIdentity(*folder);
  if (!store.ok()) return store.status();
  std::unique_ptr<LogFollower> follower(
      new LogFollower(*std::move(folder), *store, after));
  absl::StatusOr<std::optional<LoggedTransaction>> first = follower->Read();
  if (!first.ok()) return first.status();
  follower->first_ = *std::move(first);
  return follower;
}

// ---- Reading ---------------------------------------------------------------

absl::StatusOr<std::optional<LoggedTransaction>> LogFollower::Next() {
  std::optional<LoggedTransaction> next = std::exchange(first_, std::nullopt);
  if (!next) {
    if (!reader_) {
      absl::StatusOr<bool> grown = MayHaveGrown();
      if (!grown.ok()) return grown.status();
      if (!*grown) return next;
    }
    absl::StatusOr<std::optional<LoggedTransaction>> read = Read();
    if (!read.ok()) return read.status();
    next = *std::move(read);
  }
  if (next) lsn_ = next->lsn;
  return next;
}

absl::StatusOr<std::optional<LoggedTransaction>> LogFollower::Read() {
  return RetryBesideWriter([this] {
    absl::StatusOr<std::optional<LoggedTransaction>> next = TryRead();
    // What was read of the log so far may not be true any more.
    if (!next.ok()) reader_.reset();
    return next;
  });
}

absl::StatusOr<std::optional<LoggedTransaction>> LogFollower::TryRead() {
  using Result = std::optional<LoggedTransaction>;
  if (!reader_) {
    absl::StatusOr<wal::LogReader> reader =
        wal::LogReader::Open(folder_, store_, lsn());
    if (absl::IsOutOfRange(reader.status())) return OutOfReach();
    if (!reader.ok()) return reader.status();
    reader_ = *std::move(reader);
    durable_segment_.reset();
  }
  absl::StatusOr<std::optional<wal::LogItem>> record = ReadRecord();
  if (!record.ok()) return record.status();
  if (!*record) {
    absl::Status status = TakeEnd(reader_->end());
    reader_.reset();
    if (!status.ok()) return status;
    return Result();
  }
  if (!lsn_) lsn_ = (*record)->lsn - 1;
  if ((*record)->lsn > *lsn_ + 1) return OutOfReach();
  if (absl::Status status = MakeDurable((*record)->segment); !status.ok()) {
    return status;
  }
  Result transaction = DecodeTransaction((*record)->lsn, (*record)->bytes);
  if (!transaction) {
    return reader_->Damage(**record, "the record makes no sense");
  }
  return transaction;
}

absl::StatusOr<std::optional<wal::LogItem>> LogFollower::ReadRecord() {
  for (;;) {
    absl::StatusOr<std::optional<wal::LogItem>> item = reader_->Next();
    if (!item.ok() || !*item) return item;
    const bool is_next = !lsn_ || (*item)->lsn > *lsn_;
    if ((*item)->kind == wal::LogItem::Kind::kRecord && is_next) return item;
  }
}

absl::Status LogFollower::MakeDurable(uint32_t segment) {
  if (durable_segment_ == segment) return absl::OkStatus();
  absl::Status status = wal::LogReader::SyncSegment(folder_, segment);
  if (!status.ok()) return status;
  durable_segment_ = segment;
  return absl::OkStatus();
}

// ---- The ends of the log ---------------------------------------------------

absl::StatusOr<bool> LogFollower::MayHaveGrown() const {
  absl::StatusOr<io::File> file =
      folder_.OpenToRead(wal::SegmentName(end_.segment));
  // It was removed: the log has gone on.
  if (absl::IsNotFound(file.status())) return true;
  if (!file.ok()) return file.status();
  std::string sector(io::kSectorBytes, '\0');
  absl::Status status = file->ReadAt(end_.offset, sector);
  if (absl::IsOutOfRange(status)) return true;
  if (!status.ok()) return status;
  return !io::AllZeros(sector);
}

absl::Status LogFollower::TakeEnd(const wal::LogEnd& end) {
  if (!lsn_) lsn_ = end.lsn;
  if (end.lsn > *lsn_) return OutOfReach();
  if (end.lsn < *lsn_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the log in ", folder_.path(), " ends with LSN ", end.lsn,
                     ", before LSN ", *lsn_,
                     ": the store has not come so far, or was set back"));
  }
  end_ = end;
  return absl::OkStatus();
}

absl::Status LogFollower::OutOfReach() const {
  absl::StatusOr<wal::LogReader> oldest =
      wal::LogReader::Open(folder_, store_, 0);
  if (!oldest.ok()) return oldest.status();
  Lsn first = 0;
  while (first == 0) {
    absl::StatusOr<std::optional<wal::LogItem>> item = oldest->Next();
    if (!item.ok()) return item.status();
    if (!*item) first = oldest->end().lsn + 1;
    if (*item && (*item)->kind == wal::LogItem::Kind::kRecord) {
      first = (*item)->lsn;
    }
  }
  return absl::OutOfRangeError(
      absl::StrCat("the log in ", folder_.path(), " begins with LSN ", first,
                   "; the transactions from LSN ", lsn() + 1, " to ", first - 1,
                   " are not there any more"));
}

}  // namespace orderstore::recovery
