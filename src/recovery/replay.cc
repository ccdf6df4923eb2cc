#include "recovery/replay.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "txn/coming_changes.h"
#include "txn/redo.h"
#include "txn/state_summary.h"

namespace orderstore::recovery {
namespace {

using txn::ComingChange;
using txn::RedoOp;
using txn::Writer;

absl::Status Insert(const RedoOp& op, Writer& writer) {
  const Timestamp created_at = op.created();
  const Timestamp updated_at = op.updated();
  switch (op.kind) {
    case RedoOp::Kind::kInsertCustomer:
      return writer
          .InsertCustomer({.email = op.text,
                           .name = op.name,
                           .id = op.Id<CustomerId>(),
                           .created_at = created_at,
                           .updated_at = updated_at})
          .status();
    case RedoOp::Kind::kInsertOrder:
      return writer
          .InsertOrder({.customer_id = op.customer(),
                        .id = op.Id<OrderId>(),
                        .created_at = created_at,
                        .updated_at = updated_at})
          .status();
    default:
      return writer
          .InsertBarcode({.value = op.text,
                          .order_id = op.order(),
                          .is_used = op.used,
                          .id = op.Id<BarcodeId>(),
                          .created_at = created_at,
                          .updated_at = updated_at})
          .status();
  }
}

absl::Status Apply(const RedoOp& op, Writer& writer) {
  const Timestamp updated_at = op.updated();
  switch (op.kind) {
    case RedoOp::Kind::kUpdateCustomer:
      return writer.UpdateCustomer(
          op.Id<CustomerId>(),
          {.email = op.text, .name = op.name, .updated_at = updated_at});
    case RedoOp::Kind::kTouchCustomer:
      return writer.UpdateCustomer(op.Id<CustomerId>(),
                                   {.updated_at = updated_at});
    case RedoOp::Kind::kUpdateOrder:
      return writer.UpdateOrder(op.Id<OrderId>(), {.customer_id = op.customer(),
                                                   .updated_at = updated_at});
    case RedoOp::Kind::kUpdateBarcode:
      return writer.UpdateBarcode(op.Id<BarcodeId>(),
                                  {.value = op.text,
                                   .order_id = op.order(),
                                   .is_used = op.used,
                                   .updated_at = updated_at});
    case RedoOp::Kind::kSetBarcode:
      return writer.UpdateBarcode(op.Id<BarcodeId>(),
                                  {.order_id = op.order(),
                                   .is_used = op.used,
                                   .updated_at = updated_at});
    case RedoOp::Kind::kDeleteCustomer:
      return writer.DeleteCustomer(op.Id<CustomerId>());
    case RedoOp::Kind::kDeleteOrder:
      return writer.DeleteOrder(op.Id<OrderId>());
    case RedoOp::Kind::kDeleteBarcode:
      return writer.DeleteBarcode(op.Id<BarcodeId>());
    default:
      return Insert(op, writer);
  }
}

// Records wait until there are so many of them, or of their bytes. The versions
// that they leave behind are few, and stay in the cache.
constexpr size_t kWaitingMax = 1024;
constexpr size_t kWaitingBytesMax = size_t{64} << 10;

ComingChange Coming(const RedoOp& op, const table::Tables& tables) {
  using Kind = RedoOp::Kind;
  ComingChange change{.table = ComingChange::Table::kBarcodes,
                      .id = op.id,
                      .parent = op.parent};
  switch (op.kind) {
    case Kind::kInsertCustomer:
    case Kind::kUpdateCustomer:
    case Kind::kTouchCustomer:
    case Kind::kDeleteCustomer:
      change.table = ComingChange::Table::kCustomers;
      break;
    case Kind::kInsertOrder:
    case Kind::kUpdateOrder:
    case Kind::kDeleteOrder:
      change.table = ComingChange::Table::kOrders;
      break;
    default:
      break;
  }
  if (op.has_text()) change.hash = tables.Hash(op.text);
  return change;
}

}  // namespace

// ---- Replayer --------------------------------------------------------------

Replayer::Replayer(txn::Engine& engine)
    : engine_(engine), lsn_(engine.latest_lsn()) {
  bodies_.reserve(kWaitingBytesMax);
  group_.reserve(txn::kComingChangesMax);
}

absl::Status Replayer::Add(const wal::LogItem& record) {
  const size_t bytes = record.bytes.size();
  if (bodies_.size() + bytes > kWaitingBytesMax ||
      waiting_.size() == kWaitingMax) {
    if (absl::Status status = Flush(); !status.ok()) return status;
  }
  if (!status_.ok()) return status_;
  lsn_ = record.lsn;
  waiting_.push_back(record);
  if (bytes > kWaitingBytesMax) return Flush();  // not copied
  const size_t at = bodies_.size();
  bodies_ += record.bytes;
  waiting_.back().bytes = std::string_view(bodies_).substr(at);
  return absl::OkStatus();
}

absl::Status Replayer::Flush() {
  if (waiting_.empty()) return status_;
  engine_.BeginReplay();
  status_ = RepeatAll();
  engine_.EndReplay(status_.ok() ? lsn_ : failed_.lsn - 1);
  waiting_.clear();
  bodies_.clear();
  return status_;
}

absl::Status Replayer::RepeatAll() {
  for (size_t i = 0; i < waiting_.size(); ++i) {
    txn::RedoReader reader(waiting_[i].bytes);
    while (const std::optional<RedoOp> op = reader.Next()) {
      group_.push_back({*op, i});
      if (group_.size() < txn::kComingChangesMax) continue;
      if (absl::Status status = ApplyGroup(); !status.ok()) return status;
    }
    if (reader.done()) continue;
    // Those before it are first.
    if (absl::Status status = ApplyGroup(); !status.ok()) return status;
    Fail(i);
    return absl::DataLossError("the record makes no sense");
  }
  return ApplyGroup();
}

absl::Status Replayer::ApplyGroup() {
  std::array<ComingChange, txn::kComingChangesMax> coming;
  for (size_t i = 0; i < group_.size(); ++i) {
    coming[i] = Coming(group_[i].op, engine_.tables());
  }
  Prefetch(engine_.tables(), std::span(coming).first(group_.size()));
  for (const Change& change : group_) {
    absl::Status status = Apply(change.op, engine_.writer());
    if (status.ok()) continue;
    Fail(change.record);
    return status;
  }
  group_.clear();
  return absl::OkStatus();
}

void Replayer::Fail(size_t record) {
  failed_ = waiting_[record];
  failed_.bytes = {};
}

// ---- Replay ----------------------------------------------------------------

namespace {

absl::Status CompareState(std::string_view bytes, const txn::Engine& engine) {
  const std::optional<txn::StateSummary> logged =
      txn::StateSummary::Decode(bytes);
  if (!logged) return absl::DataLossError("the state makes no sense");
  const auto found = txn::StateSummary::Of(engine.tables().states.latest());
  if (*logged == found) return absl::OkStatus();
  const char* const what = logged->lsn != found.lsn ? "LSN"
                           : logged->digests != found.digests
                               ? "rows (their digests differ)"
                               : "counts or sequences";
  return absl::DataLossError(absl::StrCat("after replay the store has other ",
                                          what, " than when this was written"));
}

absl::Status Missing(Lsn first) {
  return absl::DataLossError(absl::StrCat("the transactions from LSN ", first,
                                          " on are missing before this"));
}

// Has what is newer than the replayer's state repeated, until that fails.
absl::Status ReadLog(wal::LogReader& log, const txn::Engine& engine, Lsn limit,
                     Replayer& replayer) {
  const Lsn begin = replayer.lsn();
  // Up to here the rows are what the log says of them.
  Lsn compared = begin;
  while (replayer.lsn() < limit) {
    absl::StatusOr<std::optional<wal::LogItem>> next = log.Next();
    if (!next.ok() || !*next) return next.status();
    wal::LogItem item = **next;
    absl::Status status;
    if (item.kind == wal::LogItem::Kind::kRecord) {
      if (item.lsn > replayer.lsn() + 1) {
        item.lsn = replayer.lsn() + 1;
        status = Missing(item.lsn);
      } else if (item.lsn > replayer.lsn() && !replayer.Add(item).ok()) {
        return absl::OkStatus();
      }
    } else if (item.lsn >= begin) {
      if (!replayer.Flush().ok()) return absl::OkStatus();
      status = CompareState(item.bytes, engine);
      if (status.ok()) compared = item.lsn;
      item.lsn = std::min(item.lsn, compared + 1);
    }
    if (!status.ok()) return log.Damage(item, std::string(status.message()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> Replay(wal::LogReader& log, txn::Engine& engine,
                               Lsn limit) {
  Replayer replayer(engine);
  const Lsn begin = replayer.lsn();
  const absl::Status read = ReadLog(log, engine, limit, replayer);
  // It comes before what the log has further on.
  if (absl::Status status = replayer.Flush(); !status.ok()) {
    return log.Damage(replayer.failed(), std::string(status.message()));
  }
  if (!read.ok()) return read;
  const wal::LogEnd& end = log.end();
  if (replayer.lsn() < limit && end.lsn != replayer.lsn()) {
    const Lsn first = std::min(end.lsn, replayer.lsn()) + 1;
    return log.Damage(
        {.lsn = first, .segment = end.segment, .offset = end.offset},
        std::string(Missing(first).message()));
  }
  return static_cast<int64_t>(replayer.lsn() - begin);
}

}  // namespace orderstore::recovery
