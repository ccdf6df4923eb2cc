#include "recovery/replay.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/seeded_random.h"
#include "txn/redo.h"
#include "txn/state_summary.h"
#include "wal/log_fixture.h"

namespace orderstore::recovery {
namespace {

using txn::RedoOp;
using txn::StateSummary;
using txn::Writer;
using wal::IsDamage;
using Kind = RedoOp::Kind;

class ReplayTest : public wal::LogTest {
 protected:
  static std::unique_ptr<txn::Engine> NewEngine() {
    return *txn::Engine::Create({});
  }
  static StateSummary Summary(const txn::Engine& engine) {
    return StateSummary::Of(engine.tables().states.latest());
  }

  // ---- An engine with a log ----
  void Start() {
    Create();
    source_ = NewEngine();
    ASSERT_TRUE(source_->StartLog(std::move(segments_), /*closed=*/false).ok());
  }
  void Commit(const std::function<void(Writer&)>& change) {
    ASSERT_TRUE(source_->Begin(std::nullopt).ok());
    change(source_->writer());
    const absl::StatusOr<Lsn> lsn = source_->Commit(std::nullopt);
    ASSERT_TRUE(lsn.ok()) << lsn.status();
  }
  void Close() { ASSERT_TRUE(source_->Close().ok()); }

  // ---- A log that is written by hand ----
  absl::Status WriteBody(const std::vector<RedoOp>& ops) {
    txn::Redo redo;
    for (const RedoOp& op : ops) redo.Add(op);
    const Lsn lsn = segments_->lsn() + 1;
    return WriteFrame(wal::RecordOf(lsn, redo.body()), lsn);
  }
  // Damage, from a log with this one record.
  void ExpectRefused(const std::vector<RedoOp>& ops, const std::string& part) {
    Create(64 * wal::kSector);
    ASSERT_TRUE(WriteBody({{.kind = Kind::kInsertCustomer,
                            .id = 1,
                            .text = "ann@x",
                            .name = "Ann"}})
                    .ok());
    ASSERT_TRUE(WriteBody(ops).ok());
    const std::unique_ptr<txn::Engine> engine = NewEngine();
    const absl::Status status = ReplayInto(*engine).status();
    EXPECT_THAT(status, IsDamage("shop/0000000001.log at offset 8192: "));
    EXPECT_THAT(status, IsDamage(part));
    EXPECT_THAT(status, IsDamage("transactions from LSN 2 on are at risk"));
    disk().RemoveFile(PathOf(1));
  }

  // Replays the log on the engine.
  absl::StatusOr<int64_t> ReplayInto(txn::Engine& engine, Lsn after = 0) {
    absl::StatusOr<wal::LogReader> log =
        wal::LogReader::Open(folder(), wal::TestStore(), after);
    if (!log.ok()) return log.status();
    return Replay(*log, engine);
  }
  // What the log leads to is the source's state.
  void ExpectSame() {
    const std::unique_ptr<txn::Engine> engine = NewEngine();
    const absl::StatusOr<int64_t> replayed = ReplayInto(*engine);
    ASSERT_TRUE(replayed.ok()) << replayed.status();
    EXPECT_EQ(*replayed, static_cast<int64_t>(source_->latest_lsn()));
    EXPECT_EQ(Summary(*engine), Summary(*source_));
    EXPECT_EQ(engine->latest_lsn(), source_->latest_lsn());
    EXPECT_EQ(engine->durable_lsn(), source_->latest_lsn());
    const absl::Status check = engine->Check();
    EXPECT_TRUE(check.ok()) << check;
  }

  std::unique_ptr<txn::Engine> source_;
};

TEST_F(ReplayTest, AnEmptyLogIsAnEmptyStore) {
  Start();
  ExpectSame();
  Close();
  ExpectSame();
}

TEST_F(ReplayTest, RepeatsEveryKindOfChange) {
  Start();
  CustomerId ann(0);
  OrderId order(0);
  Commit([&](Writer& writer) {
    ann = *writer.FindOrCreateCustomer("ann@x", "Ann");
    order = *writer.InsertOrder({.customer_id = ann});
    for (const char* value : {"A", "B", "C"}) {
      ASSERT_TRUE(
          writer.InsertBarcode({.value = value, .order_id = order}).ok());
    }
    ASSERT_TRUE(writer.InsertBarcode({.value = "free"}).ok());
  });
  ExpectSame();
  Commit([&](Writer& writer) {
    ASSERT_TRUE(writer.Redeem("A").ok());
    ASSERT_TRUE(writer.UpdateCustomer(ann, {.name = "Anna"}).ok());
  });
  ExpectSame();
  Commit([&](Writer& writer) {
    ASSERT_TRUE(writer.AssignBarcodes(order, 1).ok());
    ASSERT_TRUE(writer.Unredeem("A").ok());
    ASSERT_TRUE(writer
                    .UpdateCustomer(ann, {.updated_at = Timestamp(
                                              std::chrono::hours(1'000'000))})
                    .ok());
  });
  ExpectSame();
  Commit([&](Writer& writer) {
    const CustomerId bob = *writer.FindOrCreateCustomer("bob@x", "Bob");
    ASSERT_TRUE(writer.UpdateOrder(order, {.customer_id = bob}).ok());
    ASSERT_TRUE(writer
                    .UpdateBarcode(
                        BarcodeId(2),
                        {.value = "B2", .order_id = std::optional<OrderId>()})
                    .ok());
  });
  ExpectSame();
  Commit([&](Writer& writer) {
    ASSERT_TRUE(writer.DeleteCustomer(ann).ok());
    ASSERT_TRUE(writer.DeleteBarcode(BarcodeId(3)).ok());
    const OrderId other = *writer.InsertOrder({.customer_id = CustomerId(2)});
    ASSERT_TRUE(writer.DeleteOrder(other).ok());
  });
  ExpectSame();
  Close();
  ExpectSame();
}

TEST_F(ReplayTest, AStatementThatFailedFirstLeavesNoTraceInTheRecord) {
  Start();
  Commit([&](Writer& writer) {
    EXPECT_FALSE(writer.InsertOrder({.customer_id = CustomerId(9)}).ok());
    const std::vector<NewCustomer> twice = {{.email = "a@x"}, {.email = "a@x"}};
    EXPECT_FALSE(writer.InsertCustomers(twice).ok());
    ASSERT_TRUE(writer.InsertCustomer({.email = "b@x"}).ok());
  });
  ExpectSame();
}

TEST_F(ReplayTest, RandomTransactionsLeadToTheSameState) {
  for (const uint64_t seed : TestSeeds(3)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    disk().Load({.folders = {"/shop"}, .files = {}});
    folder_.emplace(wal::OpenShop(disk()));
    Start();
    for (int i = 0; i < 600; ++i) {
      Commit([&](Writer& writer) {
        const auto email = std::to_string(random.Below(50)) + "@x";
        const CustomerId customer = *writer.FindOrCreateCustomer(email, "N");
        const OrderId order = *writer.InsertOrder({.customer_id = customer});
        const int barcodes = random.Below(random.OneIn(50) ? 300 : 4);
        for (int b = 0; b < barcodes; ++b) {
          const auto value = std::to_string(i) + "-" + std::to_string(b);
          ASSERT_TRUE(
              writer.InsertBarcode({.value = value, .order_id = order}).ok());
          if (!random.OneIn(3)) continue;
          ASSERT_TRUE(writer.Redeem(value).ok());
          // Of this row or an earlier one; it may be free already.
          const BarcodeId any(random.Below(50) + 1);
          writer.UpdateBarcode(any, {.is_used = false}).IgnoreError();
        }
      });
    }
    ExpectSame();
    Close();
    ExpectSame();
    source_.reset();
  }
}

// ---- From the middle -------------------------------------------------------

TEST_F(ReplayTest, RepeatsOnlyWhatIsNewer) {
  Start();
  const auto insert = [](Writer& writer, int i) {
    ASSERT_TRUE(writer
                    .InsertCustomer({.email = std::to_string(i) + "@x",
                                     .created_at = Timestamp(),
                                     .updated_at = Timestamp()})
                    .ok());
  };
  for (int i = 0; i < 400; ++i) {
    Commit([&](Writer& writer) { insert(writer, i); });
  }
  // An engine that stands at LSN 300.
  const std::unique_ptr<txn::Engine> engine = NewEngine();
  engine->BeginReplay();
  for (int i = 0; i < 300; ++i) insert(engine->writer(), i);
  engine->EndReplay(300);
  const absl::StatusOr<int64_t> replayed = ReplayInto(*engine, 300);
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(*replayed, 100);
  EXPECT_EQ(Summary(*engine), Summary(*source_));
}

TEST_F(ReplayTest, AHoleBetweenStateAndLogIsDamage) {
  Start();
  for (int i = 0; i < 4; ++i) {
    Commit([&](Writer& writer) {
      ASSERT_TRUE(writer
                      .InsertCustomer({.email = std::to_string(i) + "@x",
                                       .name = std::string(200, 'n')})
                      .ok());
    });
  }
  disk().RemoveFile(PathOf(1));
  const std::unique_ptr<txn::Engine> engine = NewEngine();
  const absl::Status status = ReplayInto(*engine).status();
  EXPECT_THAT(status, IsDamage("shop/0000000002.log at offset 4096: the "
                               "transactions from LSN 1 on are missing"));
}

TEST_F(ReplayTest, AnEmptyLogThatBeginsLaterIsDamage) {
  auto made = wal::SegmentWriter::Create(
      folder(), wal::TestStore(), kSchemaRevisionNew, kSegmentBytes, /*lsn=*/7);
  ASSERT_TRUE(made.ok());
  const std::unique_ptr<txn::Engine> engine = NewEngine();
  EXPECT_THAT(ReplayInto(*engine).status(),
              IsDamage("the transactions from LSN 1 on are missing"));
}

TEST_F(ReplayTest, ALogThatEndsBeforeTheStateIsDamage) {
  Start();
  const std::unique_ptr<txn::Engine> engine = NewEngine();
  engine->BeginReplay();
  ASSERT_TRUE(engine->writer().InsertCustomer({.email = "a@x"}).ok());
  engine->EndReplay(3);
  EXPECT_THAT(ReplayInto(*engine, 3).status(),
              IsDamage("shop/0000000001.log at offset 4096: the transactions "
                       "from LSN 1 on are missing"));
}

// ---- Nonsense with good checksums ------------------------------------------

TEST_F(ReplayTest, ChangesThatBreakAConstraintAreDamage) {
  const RedoOp order{.kind = Kind::kInsertOrder, .id = 1, .parent = 1};
  const RedoOp barcode{.kind = Kind::kInsertBarcode, .id = 1, .text = "A"};
  ExpectRefused({{.kind = Kind::kInsertCustomer, .id = 1, .text = "x"}}, "1");
  ExpectRefused({{.kind = Kind::kInsertCustomer, .id = 2, .text = "ann@x"}},
                "ann@x");
  ExpectRefused({{.kind = Kind::kInsertCustomer, .id = 0, .text = "x"}}, "0");
  ExpectRefused({{.kind = Kind::kInsertCustomer, .id = 2, .text = "\xff"}},
                "UTF-8");
  ExpectRefused({{.kind = Kind::kInsertOrder, .id = 1, .parent = 2}}, "2");
  ExpectRefused({order, {.kind = Kind::kDeleteCustomer, .id = 1}}, "order");
  ExpectRefused({barcode, barcode}, "1");
  ExpectRefused(
      {{.kind = Kind::kInsertBarcode, .id = 1, .text = "A", .parent = 5}}, "5");
  ExpectRefused({{.kind = Kind::kDeleteBarcode, .id = 5}}, "5");
  ExpectRefused({{.kind = Kind::kSetBarcode, .id = 5}}, "5");
  ExpectRefused({{.kind = Kind::kUpdateOrder, .id = 5, .parent = 1}}, "5");
  ExpectRefused({{.kind = Kind::kTouchCustomer, .id = 5}}, "5");
}

TEST_F(ReplayTest, TheFirstOfSeveralDamagesIsNamed) {
  Create(64 * wal::kSector);
  const auto insert = [](uint32_t id, const std::string& text) {
    return RedoOp{.kind = Kind::kInsertBarcode, .id = id, .text = text};
  };
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back(std::to_string(i));
  std::vector<RedoOp> many;
  for (uint32_t id = 1; id <= 70; ++id) many.push_back(insert(id, texts[id]));
  ASSERT_TRUE(WriteBody(many).ok());
  ASSERT_TRUE(WriteBody({insert(71, texts[71])}).ok());
  // Behind more changes than are looked at together.
  many.clear();
  for (uint32_t id = 72; id <= 90; ++id) many.push_back(insert(id, texts[id]));
  many.push_back(insert(91, texts[5]));
  ASSERT_TRUE(WriteBody(many).ok());
  ASSERT_TRUE(WriteBody({insert(92, texts[92])}).ok());
  ASSERT_TRUE(WriteBody({insert(93, texts[93])}).ok());
  const char* const third =
      "shop/0000000001.log at offset 12288: barcode '5' is taken by barcode 5; "
      "transactions from LSN 3 on are at risk";
  std::unique_ptr<txn::Engine> engine = NewEngine();
  EXPECT_THAT(ReplayInto(*engine).status(), IsDamage(third));
  // What the log itself finds comes later.
  disk().FlipBit(PathOf(1), 8 * (5 * 4096 + 100));
  engine = NewEngine();
  EXPECT_THAT(ReplayInto(*engine).status(), IsDamage(third));
}

TEST_F(ReplayTest, RecordsOfAnySizeAreRepeated) {
  // Customers whose records have so many bytes.
  std::string name(250, 'n');
  std::vector<std::string> emails;
  for (int i = 0; i < 1000; ++i) emails.push_back(std::to_string(i) + "@x");
  const auto customers = [&](size_t bytes) {
    std::vector<RedoOp> ops;
    txn::Redo redo;
    while (redo.size() < bytes) {
      const auto id = static_cast<uint32_t>(ops.size() + 2);
      ops.push_back({.kind = Kind::kInsertCustomer,
                     .id = id,
                     .text = emails[id],
                     .name = name});
      redo.Add(ops.back());
    }
    // What is too much is cut off from names, whose lengths go on taking two
    // bytes.
    size_t excess = redo.size() - bytes;
    for (size_t i = ops.size() - 4; i < ops.size() && excess > 0; ++i) {
      const size_t less = std::min<size_t>(excess, 100);
      ops[i].name = std::string_view(name).substr(less);
      excess -= less;
    }
    return ops;
  };
  for (const size_t bytes : {65'535U, 65'536U, 65'537U}) {
    SCOPED_TRACE(bytes);
    Create(256 * wal::kSector);
    const std::vector<RedoOp> ops = customers(bytes);
    txn::Redo redo;
    for (const RedoOp& op : ops) redo.Add(op);
    ASSERT_EQ(redo.size(), bytes);
    const RedoOp before{.kind = Kind::kInsertBarcode, .id = 1, .text = "A"};
    const RedoOp after{.kind = Kind::kDeleteBarcode, .id = 1};
    ASSERT_TRUE(WriteBody({before}).ok());
    ASSERT_TRUE(WriteBody(ops).ok());
    ASSERT_TRUE(WriteBody({after}).ok());
    const std::unique_ptr<txn::Engine> engine = NewEngine();
    const absl::StatusOr<int64_t> replayed = ReplayInto(*engine);
    ASSERT_TRUE(replayed.ok()) << replayed.status();
    EXPECT_EQ(engine->latest_lsn(), 3U);
    const Counts& counts = engine->tables().states.latest().counts;
    EXPECT_EQ(counts.customers, static_cast<int64_t>(ops.size()));
    EXPECT_EQ(counts.barcodes, 0);
    disk().RemoveFile(PathOf(1));
  }
}

TEST_F(ReplayTest, ABodyThatMakesNoSenseIsDamage) {
  for (const std::string& body :
       {std::string(), std::string(8, '\0'), std::string("\x01"),
        std::string(8, '\0') + "\x0c", std::string(9, '\0')}) {
    Create();
    ASSERT_TRUE(WriteFrame(wal::RecordOf(1, body), 1).ok());
    const std::unique_ptr<txn::Engine> engine = NewEngine();
    EXPECT_THAT(ReplayInto(*engine).status(),
                IsDamage("shop/0000000001.log at offset 4096: the record makes "
                         "no sense"));
    disk().RemoveFile(PathOf(1));
  }
}

TEST_F(ReplayTest, AStateThatDiffersIsDamage) {
  const StateSummary right;
  const auto refused = [&](const std::string& state, const char* part) {
    Create();
    WriteClosing(state);
    const std::unique_ptr<txn::Engine> engine = NewEngine();
    const absl::Status status = ReplayInto(*engine).status();
    disk().RemoveFile(PathOf(1));
    if (status.ok()) return false;
    EXPECT_THAT(status, IsDamage("shop/0000000001.log at offset 4096: "));
    EXPECT_THAT(status, IsDamage(part));
    return true;
  };
  EXPECT_FALSE(refused(right.Encode(), ""));
  StateSummary wrong = right;
  wrong.lsn = 1;
  EXPECT_TRUE(refused(wrong.Encode(), "other LSN"));
  wrong = right;
  wrong.digests.orders = 1;
  EXPECT_TRUE(refused(wrong.Encode(), "other rows"));
  wrong = right;
  wrong.barcodes = 1;
  EXPECT_TRUE(refused(wrong.Encode(), "other counts or sequences"));
  wrong = right;
  wrong.next_customer_id = 2;
  EXPECT_TRUE(refused(wrong.Encode(), "other counts or sequences"));
  EXPECT_TRUE(refused("nonsense", "the state makes no sense"));
}

}  // namespace
}  // namespace orderstore::recovery
