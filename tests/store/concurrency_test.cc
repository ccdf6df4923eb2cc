// Readers on threads of their own beside a busy writer: whatever a view is
// asked, the answers are of one LSN.
//
// Every test runs the writer for a fixed number of transactions and the readers
// until it is done, so nothing depends on time. What a view must show follows
// from its LSN: from rules that hold after each transaction, or from a digest
// that the writer noted before it committed.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

constexpr int kReaders = 3;

class ConcurrencyTest : public StoreTest {
 protected:
  // Runs `read(random)` in a loop on each of the reader threads while `write()`
  // runs on this one. A failure ends the loops early.
  void RunBeside(const std::function<void(SeededRandom&)>& read,
                 const std::function<void()>& write) {
    std::atomic<bool> done = false;
    std::atomic<int64_t> reads = 0;
    std::vector<std::thread> readers;
    for (uint64_t seed = 1; seed <= kReaders; ++seed) {
      readers.emplace_back([&, seed] {
        SeededRandom random(seed);
        do {
          read(random);
          reads.fetch_add(1, std::memory_order_relaxed);
        } while (!done.load(std::memory_order_acquire) && !HasFailure());
      });
    }
    write();
    done.store(true, std::memory_order_release);
    for (std::thread& reader : readers) reader.join();
    EXPECT_GE(reads.load(), kReaders);
    EXPECT_THAT(store_->Check(), IsOk());
  }

  // Commits `count` transactions, one LSN each: `change(txn, lsn)` does the
  // change that gets `lsn`.
  void CommitEach(int64_t count,
                  const std::function<void(Transaction&, Lsn)>& change) {
    for (int64_t i = 0; i < count && !HasFailure(); ++i) {
      Transaction txn = Begin();
      const Lsn lsn = txn.lsn() + 1;
      change(txn, lsn);
      EXPECT_THAT(txn.Commit(), IsOkAndHolds(lsn));
    }
  }
};

// ---- One row, as fast as possible ------------------------------------------

// A barcode is used at every odd LSN past the first ones, unused at every even.
TEST_F(ConcurrencyTest, RedeemedRowIsOfTheViewsLsn) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("T", order);
  ASSERT_EQ(View().lsn(), 3u);
  PutBarcode("other", order);
  RunBeside(
      [this, order](SeededRandom&) {
        const ReadView view = View();
        const bool used = view.lsn() % 2 == 1;
        for (int look = 0; look < 4; ++look) {
          ASSERT_EQ(view.FindBarcodeByValue("T")->is_used, used) << view.lsn();
          ASSERT_EQ(view.FindBarcode(BarcodeId(1))->is_used, used)
              << view.lsn();
          ASSERT_EQ(view.BarcodesOf(order, BarcodeFilter::kUsed).size(),
                    used ? 1u : 0u)
              << view.lsn();
          ASSERT_EQ(view.Counts().unused_barcodes, used ? 1 : 2) << view.lsn();
        }
      },
      [this] {
        CommitEach(Scaled(300'000), [](Transaction& txn, Lsn lsn) {
          EXPECT_THAT(lsn % 2 == 1 ? txn.Redeem("T") : txn.Unredeem("T"),
                      IsOk());
        });
      });
}

// A later view never shows an older state.
TEST_F(ConcurrencyTest, ViewsOfOneThreadGoForward) {
  PutBarcode("T", PutOrder(PutCustomer("ann@x")));
  RunBeside(
      [this](SeededRandom&) {
        const ReadView first = View();
        const ReadView second = View();
        ASSERT_LE(first.lsn(), second.lsn());
        const Timestamp then = first.FindBarcodeByValue("T")->updated_at;
        const Timestamp now = second.FindBarcodeByValue("T")->updated_at;
        // Every LSN moves updated_at.
        ASSERT_EQ(then == now, first.lsn() == second.lsn());
        ASSERT_LE(then, now);
      },
      [this] {
        CommitEach(Scaled(200'000), [](Transaction& txn, Lsn lsn) {
          EXPECT_THAT(lsn % 2 == 0 ? txn.Redeem("T") : txn.Unredeem("T"),
                      IsOk());
        });
      });
}

// A row is there at even LSNs only, each time with the same id and email, and
// names the LSN of its insert.
TEST_F(ConcurrencyTest, ReinsertedRowIsOfTheViewsLsn) {
  PutCustomer("first@x");
  RunBeside(
      [this](SeededRandom&) {
        const ReadView view = View();
        const bool there = view.lsn() % 2 == 0;
        for (int look = 0; look < 3; ++look) {
          const auto by_email = view.FindCustomerByEmail("ann@x");
          const auto by_id = view.FindCustomer(CustomerId(7));
          ASSERT_EQ(by_email.has_value(), there) << view.lsn();
          ASSERT_EQ(by_email, by_id) << view.lsn();
          if (there) {
            ASSERT_EQ(by_email->name, std::to_string(view.lsn()));
          }
          ASSERT_EQ(RowsOf(view.Customers()).size(), there ? 2u : 1u);
        }
      },
      [this] {
        CommitEach(Scaled(150'000), [](Transaction& txn, Lsn lsn) {
          if (lsn % 2 == 1) {
            EXPECT_THAT(txn.DeleteCustomer(CustomerId(7)), IsOk());
          } else {
            EXPECT_THAT(txn.InsertCustomer({.email = "ann@x",
                                            .name = std::to_string(lsn),
                                            .id = CustomerId(7)}),
                        IsOk());
          }
        });
      });
}

// A customer changes its email at each LSN, in a circle of eight.
TEST_F(ConcurrencyTest, RenamedRowIsFoundByTheEmailOfTheViewsLsn) {
  const CustomerId ann = PutCustomer("1", "1");
  RunBeside(
      [this, ann](SeededRandom& random) {
        const ReadView view = View();
        const std::string email = std::to_string(view.lsn() % 8);
        ASSERT_EQ(view.FindCustomerByEmail(email)->id, ann);
        const std::string other =
            std::to_string((view.lsn() + random.OneTo(7)) % 8);
        ASSERT_EQ(view.FindCustomerByEmail(other), std::nullopt);
        ASSERT_EQ(view.FindCustomer(ann)->email, email);
        ASSERT_EQ(view.FindCustomer(ann)->name, email);
      },
      [this, ann] {
        CommitEach(Scaled(150'000), [ann](Transaction& txn, Lsn lsn) {
          const std::string text = std::to_string(lsn % 8);
          EXPECT_THAT(txn.UpdateCustomer(ann, {.email = text, .name = text}),
                      IsOk());
        });
      });
}

// ---- Growing and shrinking indexes -----------------------------------------

// Each LSN inserts the barcode with its number and deletes the one 20,000
// before it, so the index grows, splits, and reuses its places.
TEST_F(ConcurrencyTest, LookupsHitExactlyTheRowsOfTheViewsLsn) {
  constexpr int64_t kAlive = 20'000;
  RunBeside(
      [this](SeededRandom& random) {
        const ReadView view = View();
        const auto last = static_cast<int32_t>(view.lsn());
        std::vector<std::string> texts;
        std::vector<bool> there;
        for (int i = 0; i < 40; ++i) {
          // Mostly near the ends of what is there.
          int32_t number = random.Below(last + 20);
          if (i % 4 == 1) number = last - 10 + random.Below(20);
          if (i % 4 == 2) {
            number =
                last - static_cast<int32_t>(kAlive) - 10 + random.Below(20);
          }
          texts.push_back(std::to_string(number));
          there.push_back(number >= 1 && number <= last &&
                          number > last - kAlive);
        }
        const std::vector<std::string_view> values(texts.begin(), texts.end());
        std::vector<std::optional<Barcode>> rows(values.size());
        view.FindBarcodesByValue(values, rows);
        for (size_t i = 0; i < values.size(); ++i) {
          ASSERT_EQ(rows[i].has_value(), there[i])
              << values[i] << " at " << last;
          ASSERT_EQ(view.FindBarcodeByValue(values[i]), rows[i]);
          if (!rows[i]) continue;
          ASSERT_EQ(std::to_string(rows[i]->id.value()), values[i]);
          ASSERT_EQ(view.FindBarcode(rows[i]->id), rows[i]);
        }
      },
      [this] {
        CommitEach(Scaled(100'000), [](Transaction& txn, Lsn lsn) {
          const std::string value = std::to_string(lsn);
          EXPECT_THAT(txn.InsertBarcode({.value = value}), IsOk());
          const int64_t old = static_cast<int64_t>(lsn) - kAlive;
          if (old > 0) {
            EXPECT_THAT(txn.DeleteBarcode(BarcodeId(static_cast<int32_t>(old))),
                        IsOk());
          }
        });
      });
}

// Each LSN takes the unassigned barcode with the lowest id.
TEST_F(ConcurrencyTest, StockShrinksByOneAtEachLsn) {
  const auto kStock = static_cast<int32_t>(Scaled(60'000)) + 100;
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  Transaction load = Begin();
  for (int32_t i = 1; i <= kStock; ++i) {
    ASSERT_THAT(load.InsertBarcode({.value = std::to_string(i)}), IsOk());
  }
  ASSERT_THAT(load.Commit(), IsOkAndHolds(3u));
  RunBeside(
      [this, order, kStock](SeededRandom& random) {
        const ReadView view = View();
        const int32_t taken = static_cast<int32_t>(view.lsn()) - 3;
        ASSERT_EQ(view.Counts().unassigned_barcodes, kStock - taken);
        ASSERT_EQ(view.TicketCount(CustomerId(1)), taken);
        std::vector<Barcode> page(10);
        ASSERT_EQ(view.ReadUnassignedBarcodes(BarcodeId(), page), 10u);
        for (int32_t i = 0; i < 10; ++i) {
          ASSERT_EQ(page[static_cast<size_t>(i)].id, BarcodeId(taken + 1 + i));
        }
        const BarcodeId any(random.Below(kStock) + 1);
        ASSERT_EQ(view.FindBarcode(any)->order_id.has_value(),
                  any.value() <= taken);
        if (random.OneIn(200)) {
          const std::vector<Barcode> sold = view.BarcodesOf(order);
          ASSERT_EQ(sold.size(), static_cast<size_t>(taken));
          if (taken > 0) {
            ASSERT_EQ(sold.back().id, BarcodeId(taken));
          }
        }
      },
      [this, order, kStock] {
        CommitEach(kStock - 100, [order](Transaction& txn, Lsn) {
          EXPECT_THAT(txn.AssignBarcodes(order, 1), IsOk());
        });
      });
}

// ---- A shop with everything going on ---------------------------------------

// A writer that does all kinds of changes, and aborts some. Customers 1 and 2
// are a pair: they always have the same name, the LSN that last changed them.
class Shop {
 public:
  static constexpr int32_t kCustomers = 12;
  static constexpr int32_t kOrders = 20;
  static constexpr int32_t kBarcodes = 80;

  explicit Shop(uint64_t seed) : random_(seed) {}

  void Load(Transaction& txn) {
    for (int32_t i = 1; i <= kCustomers; ++i) {
      const std::string name = i <= 2 ? "1" : "N";
      EXPECT_THAT(
          txn.InsertCustomer({.email = std::to_string(i), .name = name}),
          IsOk());
    }
    for (int32_t i = 1; i <= kOrders; ++i) {
      EXPECT_THAT(txn.InsertOrder({.customer_id = AnyCustomer()}), IsOk());
    }
    for (int32_t i = 1; i <= kBarcodes; ++i) {
      EXPECT_THAT(txn.InsertBarcode({.value = std::to_string(i)}), IsOk());
    }
  }

  // Statements may fail: that, too, must not show.
  void Work(Transaction& txn, Lsn lsn) {
    const std::string name = std::to_string(lsn);
    for (int32_t pair : {1, 2}) {
      EXPECT_THAT(txn.UpdateCustomer(CustomerId(pair), {.name = name}), IsOk());
    }
    for (size_t left = random_.OneTo(6); left > 0; --left) Change(txn);
  }

 private:
  void Change(Transaction& txn) {
    switch (random_.Below(9)) {
      case 0:
        return txn.AssignBarcodes(AnyOrder(), random_.OneTo(3))
            .status()
            .IgnoreError();
      case 1:
        return txn.Redeem(AnyValue()).IgnoreError();
      case 2:
        return txn.Unredeem(AnyValue()).IgnoreError();
      case 3:
        return txn.AssignBarcode(AnyValue(), AnyOrder()).IgnoreError();
      case 4:
        return txn
            .UpdateBarcode(AnyBarcode(), {.order_id = std::optional<OrderId>()})
            .IgnoreError();
      case 5:
        return txn.UpdateOrder(AnyOrder(), {.customer_id = AnyCustomer()})
            .IgnoreError();
      case 6:
        return txn.UpdateBarcode(AnyBarcode(), {.value = AnyValue()})
            .IgnoreError();
      case 7:
        return txn.DeleteBarcode(AnyBarcode()).IgnoreError();
      default:
        return txn.InsertBarcode({.value = AnyValue(), .id = AnyBarcode()})
            .status()
            .IgnoreError();
    }
  }

  CustomerId AnyCustomer() { return CustomerId(random_.Below(kCustomers) + 1); }
  OrderId AnyOrder() { return OrderId(random_.Below(kOrders) + 1); }
  BarcodeId AnyBarcode() { return BarcodeId(random_.Below(kBarcodes) + 1); }
  std::string AnyValue() {
    return std::to_string(random_.Below(kBarcodes * 5 / 4) + 1);
  }

  SeededRandom random_;
};

// Every index, count and ranking of a view agrees with a scan of its rows.
void ExpectConsistent(const ReadView& view) {
  const std::string at = Concat("at LSN ", std::to_string(view.lsn()));
  Counts counts;
  std::map<CustomerId, int64_t> tickets;
  std::map<OrderId, std::vector<Barcode>> of_order;
  std::vector<Barcode> unassigned;
  for (const Customer& row : view.Customers()) {
    ++counts.customers;
    tickets[row.id] = 0;
    ASSERT_EQ(view.FindCustomerByEmail(row.email), row) << at;
  }
  for (const Barcode& row : view.Barcodes()) {
    ++counts.barcodes;
    if (!row.is_used) ++counts.unused_barcodes;
    ASSERT_EQ(view.FindBarcodeByValue(row.value), row) << at;
    ASSERT_EQ(view.FindBarcode(row.id), row) << at;
    if (!row.order_id) {
      ++counts.unassigned_barcodes;
      unassigned.push_back(row);
      continue;
    }
    of_order[*row.order_id].push_back(row);
    ++tickets[view.FindOrder(*row.order_id)->customer_id];
  }
  for (const Order& row : view.Orders()) {
    ++counts.orders;
    ASSERT_EQ(view.BarcodesOf(row.id), of_order[row.id]) << at;
    ASSERT_EQ(view.BarcodesOf(row.id, BarcodeFilter::kUsed).size() +
                  view.BarcodesOf(row.id, BarcodeFilter::kUnused).size(),
              of_order[row.id].size())
        << at;
  }
  ASSERT_EQ(view.Counts(), counts) << at;
  ASSERT_EQ(RowsOf(view.UnassignedBarcodes()), unassigned) << at;
  std::vector<CustomerTickets> top;
  for (const auto& [id, count] : tickets) {
    ASSERT_EQ(view.TicketCount(id), count) << at;
    if (count > 0) top.push_back({id, count});
  }
  std::stable_sort(top.begin(), top.end(),
                   [](const CustomerTickets& a, const CustomerTickets& b) {
                     return a.ticket_count > b.ticket_count;
                   });
  ASSERT_EQ(view.TopCustomers(1000), top) << at;
  ASSERT_EQ(view.TopCustomers(100), top) << at;
  const std::string pair = std::to_string(view.lsn());
  ASSERT_EQ(view.FindCustomer(CustomerId(1))->name, pair);
  ASSERT_EQ(view.FindCustomer(CustomerId(2))->name, pair);
}

TEST_F(ConcurrencyTest, EveryAnswerOfAViewIsOfItsLsn) {
  Shop shop(1);
  CommitEach(1, [&](Transaction& txn, Lsn) { shop.Load(txn); });
  RunBeside([this](SeededRandom&) { ExpectConsistent(View()); },
            [&] {
              for (int64_t i = Scaled(40'000); i > 0 && !HasFailure(); --i) {
                if (i % 4 == 0) {
                  Transaction aborted = Begin();
                  shop.Work(aborted, 0);
                } else {
                  CommitEach(1, [&](Transaction& txn, Lsn lsn) {
                    shop.Work(txn, lsn);
                  });
                }
              }
            });
}

// ---- Digests ---------------------------------------------------------------

uint64_t Mix(uint64_t digest, std::string_view text) {
  return (digest ^ std::hash<std::string_view>()(text)) * 0x9E3779B97F4A7C15u;
}

uint64_t DigestOf(const Reader& reader) {
  uint64_t digest = 0;
  for (const Customer& row : reader.Customers()) {
    digest = Mix(digest, testing::PrintToString(row));
  }
  for (const Order& row : reader.Orders()) {
    digest = Mix(digest, testing::PrintToString(row));
  }
  for (const Barcode& row : reader.Barcodes()) {
    digest = Mix(digest, testing::PrintToString(row));
  }
  for (const CustomerTickets& line : reader.TopCustomers(8)) {
    digest = Mix(digest, testing::PrintToString(line));
  }
  return Mix(digest, testing::PrintToString(reader.Counts()));
}

// The writer notes the digest of what each commit makes, readers compare it
// with what they see, in new views and in ones that they held for a while.
TEST_F(ConcurrencyTest, EveryViewHasTheDigestThatItsCommitHad) {
  const int64_t commits = Scaled(8'000);
  Shop shop(2);
  std::vector<std::atomic<uint64_t>> digests(static_cast<size_t>(commits) + 2);
  const auto commit = [&](const std::function<void(Transaction&, Lsn)>& work) {
    CommitEach(1, [&](Transaction& txn, Lsn lsn) {
      work(txn, lsn);
      digests[lsn].store(DigestOf(txn), std::memory_order_relaxed);
    });
  };
  const auto expect_digest = [&](const ReadView& view) {
    ASSERT_EQ(DigestOf(view),
              digests[view.lsn()].load(std::memory_order_relaxed))
        << "at LSN " << view.lsn();
  };
  commit([&](Transaction& txn, Lsn) { shop.Load(txn); });
  RunBeside(
      [&](SeededRandom& random) {
        std::vector<ReadView> held;
        for (int i = 0; i < 6; ++i) held.push_back(View());
        for (int i = 0; i < 12 && !held.empty(); ++i) {
          expect_digest(random.Pick(held));
          if (random.OneIn(3)) held.erase(held.begin());
        }
      },
      [&] {
        for (int64_t i = 0; i < commits && !HasFailure(); ++i) {
          commit([&](Transaction& txn, Lsn lsn) { shop.Work(txn, lsn); });
          if (i % 5 == 0) {
            Transaction aborted = Begin();
            shop.Work(aborted, 0);
          }
        }
      });
}

// ---- Several writers -------------------------------------------------------

// Writers wait for each other; no increment is lost, whether it commits at once
// or gives up first.
TEST_F(ConcurrencyTest, NoWriterLosesAnUpdate) {
  constexpr int kWriters = 4;
  const int64_t increments = Scaled(10'000);
  const CustomerId counter = PutCustomer("counter", "0");
  const auto increment = [&](Transaction& txn) {
    const int64_t value =
        std::stoll(std::string(txn.FindCustomer(counter)->name));
    EXPECT_THAT(
        txn.UpdateCustomer(counter, {.name = std::to_string(value + 1)}),
        IsOk());
  };
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int64_t i = 0; i < increments; ++i) {
        absl::StatusOr<Transaction> txn =
            writer == 0 ? store_->Begin(std::chrono::steady_clock::now())
                        : store_->Begin();
        if (!txn.ok()) {
          EXPECT_THAT(txn, FailsWithCode(kDeadlineExceeded));
          txn = store_->Begin();
        }
        increment(*txn);
        if (i % 7 == 0) {
          txn->Abort();
          txn = store_->Begin();
          increment(*txn);
        }
        EXPECT_THAT(txn->Commit(), IsOk());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(CustomerNow(counter).name, std::to_string(kWriters * increments));
  EXPECT_EQ(View().lsn(), 1u + static_cast<Lsn>(kWriters * increments));
  EXPECT_THAT(store_->Check(), IsOk());
}

// Views opened, moved and closed by many threads at once are all counted, and
// none is left.
TEST_F(ConcurrencyTest, ViewsOfManyThreadsOpenAndClose) {
  PutBarcode("T", PutOrder(PutCustomer("ann@x")));
  RunBeside(
      [this](SeededRandom& random) {
        std::vector<ReadView> views;
        for (size_t n = random.OneTo(100); n > 0; --n) views.push_back(View());
        for (const ReadView& view : views) {
          ASSERT_EQ(view.FindBarcodeByValue("T")->is_used, view.lsn() % 2 == 0);
        }
      },
      [this] {
        CommitEach(Scaled(30'000), [](Transaction& txn, Lsn lsn) {
          EXPECT_THAT(lsn % 2 == 0 ? txn.Redeem("T") : txn.Unredeem("T"),
                      IsOk());
        });
      });
  EXPECT_EQ(store_->Stats().read_views_open, 0);
}

}  // namespace
}  // namespace orderstore
