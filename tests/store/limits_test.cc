// Texts, ids and timestamps at their limits.

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/transaction.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

using namespace std::string_literals;

std::string Repeat(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

// ---- Texts -----------------------------------------------------------------

// Well-formed texts of any length in bytes, up to 255 characters.
std::vector<std::string> GoodTexts() {
  return {"a",
          "\x01\x7f",  // control bytes are text
          Repeat("a", 255),
          Repeat("\u00e9", 255),       // two bytes each
          Repeat("\u20ac", 255),       // three
          Repeat("\U0001f600", 255),   // four: 1020 bytes
          "\u0080\u07ff\u0800\uffff",  // first and last of each length
          "\ud7ff\ue000",              // next to the surrogates
          "\U00010000\U0010ffff",
          " leading and trailing "};
}

std::vector<std::string> BadTexts() {
  return {Repeat("a", 256),
          Repeat("\U0001f600", 256),
          Repeat("a", 255) + "\u00e9",
          Repeat("a", 100'000),
          "\0"s,
          "a\0b"s,
          "a\0"s,
          "\x80",  // a continuation byte alone
          "a\xbf",
          "\xc0\x80",          // overlong NUL
          "\xc1\xbf",          // overlong, two bytes
          "\xe0\x9f\xbf",      // overlong, three bytes
          "\xf0\x8f\xbf\xbf",  // overlong, four bytes
          "\xed\xa0\x80",      // first surrogate
          "\xed\xbf\xbf",      // last surrogate
          "\xf4\x90\x80\x80",  // 0x110000
          "\xf5\x80\x80\x80",
          "\xf8\x88\x80\x80\x80",
          "\xfe",
          "\xff",
          "\xc3",  // truncated
          "\xe2\x82",
          "\xf0\x9f\x98",
          "\xc3(",  // a lead byte without its continuation
          "\xe2(\xac",
          "\xf0\x9f(\x80"};
}

class TextTest : public StoreTest {};

TEST_F(TextTest, GoodTextsComeBackByteForByte) {
  Transaction txn = Begin();
  for (const std::string& text : GoodTexts()) {
    const auto customer = txn.InsertCustomer({.email = text, .name = text});
    ASSERT_THAT(customer, IsOk()) << testing::PrintToString(text);
    EXPECT_EQ(txn.FindCustomer(*customer)->email, text);
    EXPECT_EQ(txn.FindCustomer(*customer)->name, text);
    EXPECT_EQ(txn.FindCustomerByEmail(text)->id, *customer);
    const auto barcode = txn.InsertBarcode({.value = text});
    ASSERT_THAT(barcode, IsOk()) << testing::PrintToString(text);
    EXPECT_EQ(txn.FindBarcodeByValue(text)->id, *barcode);
  }
  ASSERT_THAT(txn.Commit(), IsOk());
  const ReadView view = View();
  for (const std::string& text : GoodTexts()) {
    EXPECT_EQ(view.FindCustomerByEmail(text)->name, text);
    EXPECT_EQ(view.FindBarcodeByValue(text)->value, text);
  }
}

TEST_F(TextTest, BadEmailsAreRefused) {
  const CustomerId id = PutCustomer("ann@x");
  Transaction txn = Begin();
  std::vector<std::string> texts = BadTexts();
  texts.push_back("");
  for (const std::string& text : texts) {
    SCOPED_TRACE(testing::PrintToString(text.substr(0, 9)) + " of " +
                 std::to_string(text.size()) + " bytes");
    ExpectRefused(txn, kInvalidArgument, "email", [&] {
      return txn.InsertCustomer({.email = text, .name = "N"});
    });
    ExpectRefused(txn, kInvalidArgument, "email", [&] {
      return txn.UpdateCustomer(id, {.email = text, .name = "N"});
    });
    ExpectRefused(txn, kInvalidArgument, "email",
                  [&] { return txn.FindOrCreateCustomer(text, "N"); });
    EXPECT_EQ(txn.FindCustomerByEmail(text), std::nullopt);
  }
}

TEST_F(TextTest, BadNamesAreRefused) {
  const CustomerId id = PutCustomer("ann@x");
  Transaction txn = Begin();
  for (const std::string& text : BadTexts()) {
    SCOPED_TRACE(testing::PrintToString(text.substr(0, 9)) + " of " +
                 std::to_string(text.size()) + " bytes");
    ExpectRefused(txn, kInvalidArgument, "name", [&] {
      return txn.InsertCustomer({.email = "bob@x", .name = text});
    });
    ExpectRefused(txn, kInvalidArgument, "name", [&] {
      return txn.UpdateCustomer(id, {.email = "bob@x", .name = text});
    });
    ExpectRefused(txn, kInvalidArgument, "name",
                  [&] { return txn.FindOrCreateCustomer("bob@x", text); });
  }
}

TEST_F(TextTest, BadBarcodeValuesAreRefused) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  const BarcodeId id = PutBarcode("A");
  Transaction txn = Begin();
  std::vector<std::string> texts = BadTexts();
  texts.push_back("");
  for (const std::string& text : texts) {
    SCOPED_TRACE(testing::PrintToString(text.substr(0, 9)) + " of " +
                 std::to_string(text.size()) + " bytes");
    ExpectRefused(txn, kInvalidArgument, "barcode",
                  [&] { return txn.InsertBarcode({.value = text}); });
    ExpectRefused(txn, kInvalidArgument, "barcode", [&] {
      return txn.UpdateBarcode(id, {.value = text, .is_used = true});
    });
    const std::vector<std::string_view> values = {"B", text};
    ExpectRefused(txn, kInvalidArgument, "barcode",
                  [&] { return txn.InsertBarcodes(order, values); });
    EXPECT_EQ(txn.FindBarcodeByValue(text), std::nullopt);
  }
}

TEST_F(TextTest, MessagesShowNoControlBytesAndStayShort) {
  Transaction txn = Begin();
  ASSERT_THAT(txn.InsertBarcode({.value = "\x1b[31m\n\x7f"}), IsOk());
  const std::vector<absl::Status> refusals = {
      txn.InsertBarcode({.value = "\x1b[31m\n\x7f"}).status(),
      txn.InsertBarcode({.value = "a\0b"s}).status(),
      txn.InsertBarcode({.value = "\x1b\xff\n"}).status(),
      txn.InsertBarcode({.value = Repeat("\n", 100'000)}).status(),
      txn.Redeem("\x1b[31m\n\x7f")};
  for (const absl::Status& refusal : refusals) {
    EXPECT_FALSE(refusal.ok());
    EXPECT_LT(refusal.message().size(), 3000u);
    for (char byte : refusal.message()) {
      const auto code = static_cast<unsigned char>(byte);
      EXPECT_TRUE(code >= 0x20 && code != 0x7f) << refusal.ToString();
    }
  }
}

// ---- Ids -------------------------------------------------------------------

class IdTest : public StoreTest {};

TEST_F(IdTest, GivenIdsBelowOneAreRefused) {
  const CustomerId ann = PutCustomer("ann@x");
  Transaction txn = Begin();
  for (int32_t id : {0, -1, std::numeric_limits<int32_t>::min()}) {
    ExpectRefused(txn, kInvalidArgument, std::to_string(id), [&] {
      return txn.InsertCustomer(
          {.email = "b@x", .name = "N", .id = CustomerId(id)});
    });
    ExpectRefused(txn, kInvalidArgument, std::to_string(id), [&] {
      return txn.InsertOrder({.customer_id = ann, .id = OrderId(id)});
    });
    ExpectRefused(txn, kInvalidArgument, std::to_string(id), [&] {
      return txn.InsertBarcode({.value = "A", .id = BarcodeId(id)});
    });
  }
}

TEST_F(IdTest, IdsBelowOneNameNoRow) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  const BarcodeId barcode = PutBarcode("A", order);
  Transaction txn = Begin();
  const auto refused = FailsWithCode(kInvalidArgument);
  for (int32_t id : {0, -1, std::numeric_limits<int32_t>::min()}) {
    EXPECT_THAT(txn.UpdateCustomer(CustomerId(id), {.name = "N"}), refused);
    EXPECT_THAT(txn.DeleteCustomer(CustomerId(id)), refused);
    EXPECT_THAT(txn.InsertOrder({.customer_id = CustomerId(id)}), refused);
    EXPECT_THAT(txn.UpdateOrder(order, {.customer_id = CustomerId(id)}),
                refused);
    EXPECT_THAT(txn.DeleteOrder(OrderId(id)), refused);
    EXPECT_THAT(txn.UpdateBarcode(barcode, {.order_id = OrderId(id)}), refused);
    EXPECT_THAT(txn.InsertBarcode({.value = "B", .order_id = OrderId(id)}),
                refused);
    EXPECT_THAT(txn.DeleteBarcode(BarcodeId(id)), refused);
    EXPECT_THAT(txn.AssignBarcodes(OrderId(id), 0), refused);
    EXPECT_EQ(txn.FindCustomer(CustomerId(id)), std::nullopt);
    EXPECT_EQ(txn.FindOrder(OrderId(id)), std::nullopt);
    EXPECT_EQ(txn.FindBarcode(BarcodeId(id)), std::nullopt);
  }
}

TEST_F(IdTest, IdsAreKeysOfHashTables) {
  std::unordered_set<OrderId> standard;
  absl::flat_hash_set<OrderId> flat;
  for (int32_t id : {1, 2, 1}) {
    standard.insert(OrderId(id));
    flat.insert(OrderId(id));
  }
  EXPECT_THAT(standard, testing::UnorderedElementsAre(OrderId(1), OrderId(2)));
  EXPECT_THAT(flat, testing::UnorderedElementsAre(OrderId(1), OrderId(2)));
}

TEST_F(IdTest, GivenIdMovesTheSequencePastIt) {
  Transaction txn = Begin();
  EXPECT_THAT(txn.InsertBarcode({.value = "A", .id = BarcodeId(100)}),
              IsOkAndHolds(BarcodeId(100)));
  EXPECT_THAT(txn.InsertBarcode({.value = "B"}), IsOkAndHolds(BarcodeId(101)));
  EXPECT_THAT(txn.InsertBarcode({.value = "C", .id = BarcodeId(50)}),
              IsOkAndHolds(BarcodeId(50)));
  EXPECT_THAT(txn.InsertBarcode({.value = "D"}), IsOkAndHolds(BarcodeId(102)));
}

TEST_F(IdTest, DeletedRowsIdIsNotDrawnAgain) {
  const BarcodeId id = PutBarcode("A");
  Transaction txn = Begin();
  ASSERT_THAT(txn.DeleteBarcode(id), IsOk());
  EXPECT_THAT(txn.InsertBarcode({.value = "A"}),
              IsOkAndHolds(BarcodeId(id.value() + 1)));
}

TEST_F(IdTest, AbortTakesTheSequenceBack) {
  {
    Transaction txn = Begin();
    ASSERT_THAT(txn.InsertBarcode({.value = "A", .id = BarcodeId::Max()}),
                IsOk());
  }
  EXPECT_EQ(PutBarcode("A"), BarcodeId(1));
}

TEST_F(IdTest, TheLastIdExhaustsTheSequence) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId order = PutOrder(ann);
  Transaction txn = Begin();
  ASSERT_THAT(txn.InsertCustomer(
                  {.email = "z@x", .name = "N", .id = CustomerId::Max()}),
              IsOk());
  ASSERT_THAT(txn.InsertOrder({.customer_id = ann, .id = OrderId::Max()}),
              IsOk());
  ASSERT_THAT(txn.InsertBarcode({.value = "Z", .id = BarcodeId::Max()}),
              IsOk());
  ExpectRefused(txn, kResourceExhausted, "customer", [&] {
    return txn.InsertCustomer({.email = "b@x", .name = "N"});
  });
  ExpectRefused(txn, kResourceExhausted, "customer",
                [&] { return txn.FindOrCreateCustomer("b@x", "N"); });
  ExpectRefused(txn, kResourceExhausted, "order",
                [&] { return txn.InsertOrder({.customer_id = ann}); });
  ExpectRefused(txn, kResourceExhausted, "barcode",
                [&] { return txn.InsertBarcode({.value = "B"}); });
  const std::vector<std::string_view> values = {"B"};
  ExpectRefused(txn, kResourceExhausted, "barcode",
                [&] { return txn.InsertBarcodes(order, values); });
  // Given ids are still fine.
  EXPECT_THAT(txn.InsertBarcode({.value = "B", .id = BarcodeId(3)}), IsOk());
  EXPECT_THAT(txn.FindOrCreateCustomer("ann@x", "N"), IsOkAndHolds(ann));
  ASSERT_THAT(txn.Commit(), IsOk());
  const ReadView view = View();
  EXPECT_EQ(view.FindBarcode(BarcodeId::Max())->value, "Z");
  EXPECT_EQ(RowsOf(view.Barcodes()).size(), 2u);
  EXPECT_EQ(RowsOf(view.Customers(ann)).size(), 1u);
  EXPECT_EQ(RowsOf(view.Orders(OrderId::Max())).size(), 0u);
}

TEST_F(IdTest, InsertsUpToTheLastIdAreAllOrNone) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  const BarcodeId last_but_one(BarcodeId::Max().value() - 1);
  Transaction txn = Begin();
  ASSERT_THAT(txn.InsertBarcode(
                  {.value = "Y", .id = BarcodeId(last_but_one.value() - 1)}),
              IsOk());
  const std::vector<std::string_view> three = {"A", "B", "C"};
  ExpectRefused(txn, kResourceExhausted, "barcode",
                [&] { return txn.InsertBarcodes(order, three); });
  const std::vector<std::string_view> two = {"A", "B"};
  EXPECT_THAT(
      txn.InsertBarcodes(order, two),
      IsOkAndHolds(testing::ElementsAre(last_but_one, BarcodeId::Max())));
}

TEST_F(IdTest, SparseIdsAreScannedInOrder) {
  std::vector<int32_t> ids;
  for (int bit = 0; bit < 31; ++bit) {
    ids.push_back(static_cast<int32_t>(int64_t{1} << bit));
  }
  Transaction txn = Begin();
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    ASSERT_THAT(
        txn.InsertBarcode({.value = std::to_string(*id), .id = BarcodeId(*id)}),
        IsOk());
  }
  ASSERT_THAT(txn.Commit(), IsOk());
  const ReadView view = View();
  std::vector<int32_t> scanned;
  for (const Barcode& row : view.Barcodes()) scanned.push_back(row.id.value());
  EXPECT_EQ(scanned, ids);
  scanned.clear();
  for (const Barcode& row : view.UnassignedBarcodes()) {
    scanned.push_back(row.id.value());
  }
  EXPECT_EQ(scanned, ids);
  EXPECT_THAT(store_->Check(), IsOk());
}

// ---- Timestamps ------------------------------------------------------------

class TimestampTest : public StoreTest {
 protected:
  static constexpr std::chrono::microseconds kTick{1};

  OwnedBarcode Row() { return BarcodeNow("A"); }
};

TEST_F(TimestampTest, FirstAndLastAreStoredExactly) {
  Transaction txn = Begin();
  const auto id = txn.InsertCustomer({.email = "ann@x",
                                      .name = "N",
                                      .created_at = kTimestampMin,
                                      .updated_at = kTimestampMax});
  ASSERT_THAT(id, IsOk());
  EXPECT_EQ(txn.FindCustomer(*id)->created_at, kTimestampMin);
  EXPECT_EQ(txn.FindCustomer(*id)->updated_at, kTimestampMax);
}

TEST_F(TimestampTest, OutOfRangeIsRefused) {
  const CustomerId ann = PutCustomer("ann@x");
  const OrderId order = PutOrder(ann);
  const BarcodeId barcode = PutBarcode("A");
  const Timestamp bad = kTimestampMin - kTick;
  Transaction txn = Begin();
  ExpectRefused(txn, kInvalidArgument, "created_at", [&] {
    return txn.InsertCustomer({.email = "b@x", .name = "N", .created_at = bad});
  });
  ExpectRefused(txn, kInvalidArgument, "updated_at", [&] {
    return txn.InsertOrder({.customer_id = ann, .updated_at = bad});
  });
  ExpectRefused(txn, kInvalidArgument, "created_at", [&] {
    return txn.InsertBarcode({.value = "B", .created_at = bad});
  });
  ExpectRefused(txn, kInvalidArgument, "updated_at", [&] {
    return txn.UpdateCustomer(ann, {.name = "M", .updated_at = bad});
  });
  ExpectRefused(txn, kInvalidArgument, "updated_at", [&] {
    return txn.UpdateOrder(order, {.updated_at = Timestamp::min()});
  });
  ExpectRefused(txn, kInvalidArgument, "updated_at", [&] {
    return txn.UpdateBarcode(barcode, {.is_used = true, .updated_at = bad});
  });
}

TEST_F(TimestampTest, RowsOfOneTransactionShareItsTime) {
  Transaction txn = Begin();
  const CustomerId ann =
      txn.InsertCustomer({.email = "ann@x", .name = "N"}).value();
  const OrderId order = txn.InsertOrder({.customer_id = ann}).value();
  const Timestamp time = txn.FindCustomer(ann)->created_at;
  EXPECT_EQ(txn.FindCustomer(ann)->updated_at, time);
  EXPECT_EQ(txn.FindOrder(order)->created_at, time);
  EXPECT_EQ(txn.FindOrder(order)->updated_at, time);
}

TEST_F(TimestampTest, EveryChangeMovesUpdatedAtAndOnlyThat) {
  const OrderId order = PutOrder(PutCustomer("ann@x"));
  PutBarcode("A");
  const Timestamp created_at = Row().created_at;
  Timestamp last = Row().updated_at;
  Transaction txn = Begin();
  const BarcodeId id = txn.FindBarcodeByValue("A")->id;
  const auto expect_moved = [&](const absl::Status& status) {
    EXPECT_THAT(status, IsOk());
    EXPECT_GT(txn.FindBarcode(id)->updated_at, last);
    EXPECT_EQ(txn.FindBarcode(id)->created_at, created_at);
    last = txn.FindBarcode(id)->updated_at;
  };
  expect_moved(txn.AssignBarcode("A", order));
  expect_moved(txn.Redeem("A"));
  expect_moved(txn.Unredeem("A"));
  expect_moved(txn.UpdateBarcode(id, {.is_used = true}));
  expect_moved(txn.UpdateBarcode(id, {.value = "B"}));
  expect_moved(txn.UpdateBarcode(id, {.value = "A"}));
  expect_moved(txn.UpdateBarcode(id, {.order_id = std::optional<OrderId>()}));
}

TEST_F(TimestampTest, UpdateOfARowFromTheFutureMovesOneTick) {
  const Timestamp future{
      std::chrono::sys_days(std::chrono::year(9999) / 1 / 1)};
  Transaction txn = Begin();
  const BarcodeId id =
      txn.InsertBarcode({.value = "A", .updated_at = future}).value();
  ASSERT_THAT(txn.UpdateBarcode(id, {.is_used = true}), IsOk());
  EXPECT_EQ(txn.FindBarcode(id)->updated_at, future + kTick);
}

TEST_F(TimestampTest, UpdateOfARowAtTheLastTimeStaysInRange) {
  Transaction txn = Begin();
  const BarcodeId id =
      txn.InsertBarcode({.value = "A", .updated_at = kTimestampMax}).value();
  ASSERT_THAT(txn.UpdateBarcode(id, {.is_used = true}), IsOk());
  EXPECT_EQ(txn.FindBarcode(id)->updated_at, kTimestampMax);
}

TEST_F(TimestampTest, UpdateThatChangesNothingIsNone) {
  const OrderId order = PutOrder(PutCustomer("ann@x", "Ann"));
  const BarcodeId barcode = PutBarcode("A", order);
  const ReadView before = View();
  Transaction txn = Begin();
  EXPECT_THAT(txn.UpdateCustomer(CustomerId(1), {}), IsOk());
  EXPECT_THAT(
      txn.UpdateCustomer(CustomerId(1), {.email = "ann@x", .name = "Ann"}),
      IsOk());
  EXPECT_THAT(txn.UpdateOrder(order, {.customer_id = CustomerId(1)}), IsOk());
  EXPECT_THAT(txn.UpdateBarcode(
                  barcode, {.value = "A", .order_id = order, .is_used = false}),
              IsOk());
  EXPECT_THAT(txn.Unredeem("A"), IsOk());
  EXPECT_TRUE(ContentsOf(txn) == ContentsOf(before));
  EXPECT_THAT(txn.Commit(), IsOkAndHolds(before.lsn()));
  EXPECT_EQ(View().lsn(), before.lsn());
}

}  // namespace
}  // namespace orderstore
