#include "csv/duplicates.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

using testing::ElementsAre;

class DuplicatesTest : public testing::Test {
 protected:
  void KnowOrders(std::initializer_list<int32_t> ids) {
    for (const int32_t id : ids) orders_.Insert(id);
  }

  // A row; order 0 is none.
  void Put(const std::string& barcode, int32_t order = 0) {
    const std::string& text = texts_.emplace_back(barcode);
    rows_.push_back({text.data(), static_cast<int64_t>(rows_.size()) + 2, order,
                     static_cast<uint16_t>(text.size()), std::nullopt});
  }

  // Which rows are duplicates under the policy.
  std::vector<size_t> Duplicated(Duplicates policy) {
    std::vector<BarcodeRow> rows = rows_;
    MarkDuplicates(policy, orders_, rows);
    std::vector<size_t> duplicated;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].reason == Reason::kDuplicateBarcode) duplicated.push_back(i);
    }
    return duplicated;
  }

  IdSet orders_;
  std::deque<std::string> texts_;
  std::vector<BarcodeRow> rows_;
};

TEST_F(DuplicatesTest, NoRowsHaveNoDuplicates) {
  EXPECT_THAT(Duplicated(Duplicates::kKeepFirst), ElementsAre());
}

TEST_F(DuplicatesTest, KeepFirstKeepsTheFirst) {
  Put("a");
  Put("b");
  Put("a");
  Put("a");
  EXPECT_THAT(Duplicated(Duplicates::kKeepFirst), ElementsAre(2, 3));
}

TEST_F(DuplicatesTest, DropAllKeepsNone) {
  Put("a");
  Put("b");
  Put("a");
  Put("a");
  EXPECT_THAT(Duplicated(Duplicates::kDropAll), ElementsAre(0, 2, 3));
}

TEST_F(DuplicatesTest, PreferSoldKeepsTheFirstOfAKnownOrder) {
  KnowOrders({1, 2});
  Put("a");
  Put("a", 9);
  Put("a", 1);
  Put("a", 2);
  EXPECT_THAT(Duplicated(Duplicates::kPreferSold), ElementsAre(0, 1, 3));
}

TEST_F(DuplicatesTest, PreferSoldKeepsTheFirstWhereNoneIsSold) {
  Put("a", 9);
  Put("a");
  Put("a", 8);
  EXPECT_THAT(Duplicated(Duplicates::kPreferSold), ElementsAre(1, 2));
}

TEST_F(DuplicatesTest, BarcodesAreComparedAsText) {
  Put("00123");
  Put("123");
  Put("0123");
  Put("A");
  Put("a");
  EXPECT_THAT(Duplicated(Duplicates::kDropAll), ElementsAre());
}

TEST_F(DuplicatesTest, UnknownOrdersAreMarkedUnlessARowHasAReason) {
  KnowOrders({1});
  Put("a", 1);
  Put("b", 2);
  Put("c");
  Put("b", 3);
  MarkDuplicates(Duplicates::kKeepFirst, orders_, rows_);
  MarkUnknownOrders(orders_, rows_);
  EXPECT_EQ(rows_[0].reason, std::nullopt);
  EXPECT_EQ(rows_[1].reason, Reason::kUnknownOrder);
  EXPECT_EQ(rows_[2].reason, std::nullopt);
  EXPECT_EQ(rows_[3].reason, Reason::kDuplicateBarcode);
}

TEST_F(DuplicatesTest, ManyRowsAgreeWithAMap) {
  constexpr uint32_t kSeed = 41;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937 random(kSeed);
  for (int32_t id = 1; id < 100; id += 2) orders_.Insert(id);
  for (int i = 0; i < 60'000; ++i) {
    Put(std::to_string(random() % 40'000),
        static_cast<int32_t>(random() % 100));
  }
  std::map<std::string, std::vector<size_t>> groups;
  for (size_t i = 0; i < rows_.size(); ++i) {
    groups[std::string(rows_[i].barcode())].push_back(i);
  }
  for (const Duplicates policy : {Duplicates::kKeepFirst, Duplicates::kDropAll,
                                  Duplicates::kPreferSold}) {
    std::vector<size_t> expected;
    for (const auto& [barcode, group] : groups) {
      if (group.size() == 1) continue;
      size_t kept = group[0];
      for (size_t i = group.size(); i-- > 0;) {
        if (policy == Duplicates::kPreferSold &&
            orders_.Contains(rows_[group[i]].order_id)) {
          kept = group[i];
        }
      }
      for (const size_t row : group) {
        if (row != kept || policy == Duplicates::kDropAll) {
          expected.push_back(row);
        }
      }
    }
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(Duplicated(policy), expected);
  }
}

TEST(FindRepeatedTest, EveryCopyIsRepeated) {
  EXPECT_THAT(FindRepeated({}), ElementsAre());
  const std::vector<std::string_view> texts = {"a", "b", "a", "", "c", "", "a"};
  EXPECT_THAT(FindRepeated(texts),
              ElementsAre(true, false, true, true, false, true, true));
}

}  // namespace
}  // namespace orderstore::csv
