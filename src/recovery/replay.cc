#include "recovery/replay.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "txn/redo.h"
#include "txn/state_summary.h"

namespace orderstore::recovery {
namespace {

using txn::RedoOp;
using txn::Writer;

template <typename RowId>
RowId IdOf(uint32_t number) {
  return RowId(static_cast<int32_t>(number));
}

Timestamp TimeOf(int64_t micros) {
  return Timestamp(std::chrono::microseconds(micros));
}

std::optional<OrderId> OrderOf(const RedoOp& op) {
  if (op.parent == 0) return std::nullopt;
  return IdOf<OrderId>(op.parent);
}

absl::Status Insert(const RedoOp& op, Writer& writer) {
  const Timestamp created_at = TimeOf(op.created_at);
  const Timestamp updated_at = TimeOf(op.updated_at);
  switch (op.kind) {
    case RedoOp::Kind::kInsertCustomer:
      return writer
          .InsertCustomer({.email = op.text,
                           .name = op.name,
                           .id = IdOf<CustomerId>(op.id),
                           .created_at = created_at,
                           .updated_at = updated_at})
          .status();
    case RedoOp::Kind::kInsertOrder:
      return writer
          .InsertOrder({.customer_id = IdOf<CustomerId>(op.parent),
                        .id = IdOf<OrderId>(op.id),
                        .created_at = created_at,
                        .updated_at = updated_at})
          .status();
    default:
      return writer
          .InsertBarcode({.value = op.text,
                          .order_id = OrderOf(op),
                          .is_used = op.used,
                          .id = IdOf<BarcodeId>(op.id),
                          .created_at = created_at,
                          .updated_at = updated_at})
          .status();
  }
}

absl::Status Apply(const RedoOp& op, Writer& writer) {
  const Timestamp updated_at = TimeOf(op.updated_at);
  switch (op.kind) {
    case RedoOp::Kind::kUpdateCustomer:
      return writer.UpdateCustomer(
          IdOf<CustomerId>(op.id),
          {.email = op.text, .name = op.name, .updated_at = updated_at});
    case RedoOp::Kind::kTouchCustomer:
      return writer.UpdateCustomer(IdOf<CustomerId>(op.id),
                                   {.updated_at = updated_at});
    case RedoOp::Kind::kUpdateOrder:
      return writer.UpdateOrder(IdOf<OrderId>(op.id),
                                {.customer_id = IdOf<CustomerId>(op.parent),
                                 .updated_at = updated_at});
    case RedoOp::Kind::kUpdateBarcode:
      return writer.UpdateBarcode(IdOf<BarcodeId>(op.id),
                                  {.value = op.text,
                                   .order_id = OrderOf(op),
                                   .is_used = op.used,
                                   .updated_at = updated_at});
    case RedoOp::Kind::kSetBarcode:
      return writer.UpdateBarcode(IdOf<BarcodeId>(op.id),
                                  {.order_id = OrderOf(op),
                                   .is_used = op.used,
                                   .updated_at = updated_at});
    case RedoOp::Kind::kDeleteCustomer:
      return writer.DeleteCustomer(IdOf<CustomerId>(op.id));
    case RedoOp::Kind::kDeleteOrder:
      return writer.DeleteOrder(IdOf<OrderId>(op.id));
    case RedoOp::Kind::kDeleteBarcode:
      return writer.DeleteBarcode(IdOf<BarcodeId>(op.id));
    default:
      return Insert(op, writer);
  }
}

}  // namespace

absl::Status ApplyRecord(std::string_view body, Writer& writer) {
  txn::RedoReader reader(body);
  while (const std::optional<RedoOp> op = reader.Next()) {
    if (absl::Status status = Apply(*op, writer); !status.ok()) return status;
  }
  return reader.done() ? absl::OkStatus()
                       : absl::DataLossError("the record makes no sense");
}

namespace {

// Repeats transactions, some at once.
class Replayer {
 public:
  explicit Replayer(txn::Engine& engine)
      : engine_(engine), lsn_(engine.latest_lsn()) {}
  ~Replayer() { Flush(); }

  Lsn lsn() const { return lsn_; }

  absl::Status Apply(const wal::LogItem& record) {
    if (open_ == 0) engine_.BeginReplay();
    ++open_;
    absl::Status status = ApplyRecord(record.bytes, engine_.writer());
    if (!status.ok()) return status;
    lsn_ = record.lsn;
    if (open_ == kTransactionsAtOnce) Flush();
    return absl::OkStatus();
  }

  // Makes the engine's state that of the last transaction.
  void Flush() {
    if (open_ > 0) engine_.EndReplay(lsn_);
    open_ = 0;
  }

 private:
  txn::Engine& engine_;
  Lsn lsn_;
  int open_ = 0;  // transactions since BeginReplay
};

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

}  // namespace

absl::StatusOr<int64_t> Replay(wal::LogReader& log, txn::Engine& engine) {
  Replayer replayer(engine);
  const Lsn begin = replayer.lsn();
  for (;;) {
    absl::StatusOr<std::optional<wal::LogItem>> item = log.Next();
    if (!item.ok()) return item.status();
    if (!*item) break;
    absl::Status status;
    if ((*item)->kind == wal::LogItem::Kind::kRecord) {
      if ((*item)->lsn > replayer.lsn() + 1) {
        status = Missing(replayer.lsn() + 1);
      } else if ((*item)->lsn > replayer.lsn()) {
        status = replayer.Apply(**item);
      }
    } else if ((*item)->lsn >= begin) {
      replayer.Flush();
      status = CompareState((*item)->bytes, engine);
    }
    if (!status.ok()) return log.Damage(**item, std::string(status.message()));
  }
  replayer.Flush();
  const wal::LogEnd& end = log.end();
  if (end.lsn != replayer.lsn()) {
    const Lsn first = std::min(end.lsn, replayer.lsn()) + 1;
    return log.Damage(
        {.lsn = first, .segment = end.segment, .offset = end.offset},
        std::string(Missing(first).message()));
  }
  return static_cast<int64_t>(replayer.lsn() - begin);
}

}  // namespace orderstore::recovery
