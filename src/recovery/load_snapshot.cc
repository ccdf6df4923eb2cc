#include "recovery/load_snapshot.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <future>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "table/loader.h"
#include "txn/text_check.h"

namespace orderstore::recovery {
namespace {

using snapshot::BlockMemory;
using snapshot::Description;
using snapshot::RowBlock;
using snapshot::SnapshotReader;
using snapshot::TableKind;
using table::Loader;

// How many rows ahead memory is announced: the parent's entry, and what that
// leads to.
constexpr size_t kEntryAhead = 16;
constexpr size_t kListAhead = 8;

Loader::Row RowOf(const RowBlock& block, size_t i) {
  Loader::Row row{.id = block.ids()[i],
                  .text = {},
                  .name = {},
                  .word = 0,
                  .created_at = block.created_at()[i],
                  .updated_at = block.updated_at()[i]};
  if (block.table() != TableKind::kCustomers) row.word = block.words()[i];
  if (block.table() == TableKind::kCustomers) {
    row.text = block.email(i);
    row.name = block.name(i);
  } else if (block.table() == TableKind::kBarcodes) {
    row.text = block.value(i);
  }
  return row;
}

// The block, its texts checked.
absl::Status ReadBlock(const SnapshotReader& snapshot, size_t number,
                       BlockMemory& memory, RowBlock& block) {
  absl::Status status = snapshot.ReadBlock(number, memory, block);
  if (!status.ok() || block.table() == TableKind::kOrders) return status;
  for (size_t i = 0; i < block.rows(); ++i) {
    const Loader::Row row = RowOf(block, i);
    status = txn::CheckText("email or barcode", row.text, txn::Empty::kRefused);
    if (status.ok()) {
      status = txn::CheckText("name", row.name, txn::Empty::kAllowed);
    }
    if (!status.ok()) {
      return absl::DataLossError(absl::StrCat(
          snapshot.path(), " at offset ", snapshot.OffsetOf(number),
          ": the row with id ", row.id, ": ", std::string(status.message())));
    }
  }
  return status;
}

// The first step for a block: its rows. Returns their slots.
absl::StatusOr<std::vector<uint32_t>> AddRows(const RowBlock& block,
                                              Loader& loader) {
  const std::span<const uint32_t> words = block.words();
  std::vector<uint32_t> slots(block.rows());
  const size_t last = slots.size() - 1;
  for (size_t i = 0; i <= last; ++i) {
    const Loader::Row row = RowOf(block, i);
    switch (block.table()) {
      case TableKind::kCustomers:
        slots[i] = loader.AddCustomer(row);
        break;
      case TableKind::kOrders:
        loader.PrefetchCustomer(words[std::min(i + kEntryAhead, last)]);
        loader.PrefetchOrdersOf(words[std::min(i + kListAhead, last)]);
        slots[i] = loader.AddOrder(row);
        break;
      case TableKind::kBarcodes:
        loader.PrefetchOrder(words[std::min(i + kEntryAhead, last)]);
        loader.PrefetchBarcodesOf(words[std::min(i + kListAhead, last)]);
        slots[i] = loader.AddBarcode(row);
        break;
    }
    if (slots[i] == 0) {
      return absl::DataLossError(
          absl::StrCat("the row with id ", row.id, " has no parent"));
    }
  }
  return slots;
}

// The second step: their keys.
absl::Status IndexRows(TableKind kind, const std::vector<uint32_t>& slots,
                       Loader& loader) {
  uint32_t twice = 0;
  if (kind == TableKind::kCustomers) twice = loader.IndexCustomers(slots);
  if (kind == TableKind::kBarcodes) twice = loader.IndexBarcodes(slots);
  return twice == 0
             ? absl::OkStatus()
             : absl::DataLossError("an email or barcode value is there twice");
}

int64_t Rows(const Counts& counts) {
  return counts.customers + counts.orders + counts.barcodes;
}

// One thread reads, checks and digests the next block, one adds the rows of
// this one, and one indexes those of the last. Few rows are not worth the
// threads.
class Pipeline {
 public:
  Pipeline(const SnapshotReader& snapshot, Loader& loader)
      : snapshot_(snapshot),
        loader_(loader),
        launch_(Rows(snapshot.description().counts) < kThreadsFrom
                    ? std::launch::deferred
                    : std::launch::async | std::launch::deferred) {}

  absl::Status Run() {
    const size_t blocks = snapshot_.blocks().size();
    if (blocks > 0) StartReading(0);
    for (size_t i = 0; i < blocks; ++i) {
      if (absl::Status status = reading_.get(); !status.ok()) return status;
      if (i + 1 < blocks) StartReading(i + 1);
      const RowBlock& block = blocks_[i % 2];
      absl::StatusOr<std::vector<uint32_t>> slots = AddRows(block, loader_);
      if (!slots.ok()) return slots.status();
      if (absl::Status status = FinishIndexing(); !status.ok()) return status;
      StartIndexing(block.table(), *std::move(slots));
    }
    return FinishIndexing();
  }

  // Of all rows, after Run.
  const Digests& digests() const { return digests_; }

 private:
  // The rows of the block before are being added meanwhile.
  void StartReading(size_t number) {
    reading_ = std::async(launch_, [this, number] {
      RowBlock& block = blocks_[number % 2];
      absl::Status status = ReadBlock(snapshot_, number, memory_, block);
      if (status.ok()) block.AddDigest(digests_);
      return status;
    });
  }
  void StartIndexing(TableKind kind, std::vector<uint32_t> slots) {
    // Not in the closure: where there is no thread, libstdc++ calls one that
    // was moved from (as of GCC 12).
    indexed_ = std::move(slots);
    indexing_ = std::async(
        launch_, [this, kind] { return IndexRows(kind, indexed_, loader_); });
  }
  absl::Status FinishIndexing() {
    return indexing_.valid() ? indexing_.get() : absl::OkStatus();
  }

  static constexpr int64_t kThreadsFrom = 10'000;  // rows

  const SnapshotReader& snapshot_;
  Loader& loader_;
  const std::launch launch_;
  BlockMemory memory_;              // of reading_
  Digests digests_;                 // of reading_
  std::array<RowBlock, 2> blocks_;  // that reading_ fills in turn
  std::vector<uint32_t> indexed_;   // by indexing_
  // Their destructors wait.
  std::future<absl::Status> reading_;
  std::future<absl::Status> indexing_;
};

absl::StatusOr<table::CommitState> LoadTables(const SnapshotReader& snapshot,
                                              table::Tables& tables,
                                              table::Tick tick) {
  const Description& description = snapshot.description();
  Loader loader(tables, tick);
  loader.Reserve(description.counts.customers, description.counts.barcodes);
  Pipeline pipeline(snapshot, loader);
  absl::Status status = pipeline.Run();
  if (status.ok() && loader.FinishIndexes() != 0) {
    status = absl::DataLossError("an email or barcode value is there twice");
  }
  if (!status.ok()) return status;
  table::CommitState state = loader.Finish();
  state.digests = pipeline.digests();
  state.lsn = description.lsn;
  // Rows that were deleted may have moved them.
  state.next_customer_id =
      std::max(state.next_customer_id, description.next_customer_id);
  state.next_order_id =
      std::max(state.next_order_id, description.next_order_id);
  state.next_barcode_id =
      std::max(state.next_barcode_id, description.next_barcode_id);
  if (snapshot::Description::Of(state, description.store, description.schema,
                                description.compressed) != description) {
    return absl::DataLossError("the rows are not those that its header says");
  }
  return state;
}

}  // namespace

absl::Status LoadSnapshot(const SnapshotReader& snapshot, txn::Engine& engine) {
  absl::Status status =
      engine.Load([&](table::Tables& tables, table::Tick tick) {
        return LoadTables(snapshot, tables, tick);
      });
  engine.SetSchema(snapshot.description().schema);
  const std::string message(status.message());
  if (!absl::IsDataLoss(status) ||
      message.find(snapshot.path()) != std::string::npos) {
    return status;
  }
  // Of all of its rows together.
  return absl::DataLossError(
      absl::StrCat(snapshot.path(), " at offset 0: ", message));
}

absl::StatusOr<std::unique_ptr<txn::Engine>> LoadEngine(
    const io::Folder& folder, const std::optional<std::string>& name,
    const std::optional<io::Uuid>& store, const Options& options) {
  absl::StatusOr<std::unique_ptr<txn::Engine>> engine =
      txn::Engine::Create(options);
  if (!engine.ok() || !name) return engine;
  absl::StatusOr<SnapshotReader> snapshot =
      SnapshotReader::Open(folder, *name, store);
  if (!snapshot.ok()) return snapshot.status();
  absl::Status status = LoadSnapshot(*snapshot, **engine);
  if (!status.ok()) return status;
  return engine;
}

}  // namespace orderstore::recovery
