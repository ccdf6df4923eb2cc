#include "table/ranking.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "open_view.h"
#include "orderstore/records.h"
#include "scale.h"
#include "store/seeded_random.h"
#include "table/address_space.h"
#include "table/id_bitmap.h"
#include "table/top_list.h"

namespace orderstore::table {

void PrintTo(const TopList& list, std::ostream* out) {
  *out << (list.has_all ? "all:" : "best:");
  for (const CustomerTickets& entry : list.best) {
    *out << " " << entry.customer_id.value() << "=" << entry.ticket_count;
  }
}

namespace {

CustomerTickets Entry(uint32_t customer, uint32_t tickets) {
  return {CustomerId(static_cast<int32_t>(customer)), tickets};
}

class RankingTest : public testing::Test {
 protected:
  void Set(uint32_t customer, uint32_t tickets) {
    const auto at = counts_.find(customer);
    const uint32_t before = at == counts_.end() ? 0 : at->second;
    counts_[customer] = tickets;
    ranking_.Change(customer, before, tickets);
  }

  // The list is a prefix of the ranking, long enough, and says rightly whether
  // it is all of it.
  testing::AssertionResult IsRight() const {
    std::vector<CustomerTickets> sorted;
    for (const auto& [customer, tickets] : counts_) {
      if (tickets > 0) sorted.push_back(Entry(customer, tickets));
    }
    std::sort(sorted.begin(), sorted.end(), RanksBefore);
    const TopList& list = ranking_.list();
    const size_t size = list.best.size();
    if (size > sorted.size() ||
        !std::equal(list.best.begin(), list.best.end(), sorted.begin())) {
      return testing::AssertionFailure() << testing::PrintToString(list);
    }
    if (list.has_all ? size != sorted.size() : size < kTopListGuaranteed) {
      return testing::AssertionFailure()
             << size << " of " << sorted.size() << " are listed";
    }
    return testing::AssertionSuccess();
  }

  const std::unique_ptr<AddressSpace> space_ = ReserveForTest();
  std::map<uint32_t, uint32_t> counts_;
  Ranking ranking_{*space_, [this](uint32_t customer) {
                     const auto at = counts_.find(customer);
                     return at == counts_.end() ? 0 : at->second;
                   }};
};

TEST_F(RankingTest, BeginsEmptyAndComplete) {
  EXPECT_TRUE(ranking_.list().best.empty());
  EXPECT_TRUE(ranking_.list().has_all);
}

TEST_F(RankingTest, MoreTicketsFirstThenTheLowerId) {
  Set(9, 3);
  Set(5, 3);
  Set(7, 4);
  Set(1, 1);
  EXPECT_EQ(ranking_.list().best,
            (std::vector<CustomerTickets>{Entry(7, 4), Entry(5, 3), Entry(9, 3),
                                          Entry(1, 1)}));
}

TEST_F(RankingTest, CustomersWithoutTicketsAreNeverListed) {
  Set(9, 3);
  Set(5, 2);
  Set(9, 0);
  EXPECT_EQ(ranking_.list().best, std::vector<CustomerTickets>{Entry(5, 2)});
  Set(5, 0);
  EXPECT_TRUE(ranking_.list().best.empty());
  EXPECT_TRUE(ranking_.list().has_all);
}

TEST_F(RankingTest, SmallStoresAreListedWhole) {
  for (uint32_t customer = 1; customer <= kTopListGuaranteed; ++customer) {
    Set(customer, 1 + customer % 7);
    ASSERT_TRUE(IsRight());
    ASSERT_TRUE(ranking_.list().has_all);
  }
}

TEST_F(RankingTest, DropOutsAreRefilledAtOnce) {
  constexpr uint32_t kCustomers = 2000;
  for (uint32_t customer = 1; customer <= kCustomers; ++customer) {
    Set(customer, 10 + customer);
  }
  EXPECT_FALSE(ranking_.list().has_all);
  // The best drop out one by one, until the list is all there is.
  for (uint32_t customer = kCustomers; customer > 0; --customer) {
    Set(customer, 0);
    ASSERT_TRUE(IsRight()) << customer;
  }
  EXPECT_TRUE(ranking_.list().has_all);
  EXPECT_TRUE(ranking_.list().best.empty());
}

TEST_F(RankingTest, TheLastOfTheListMayFallBehindOthersThatAreNotInIt) {
  for (uint32_t customer = 1; customer <= 1000; ++customer) {
    Set(customer, 1000 + customer);
  }
  for (int i = 0; i < 300; ++i) {
    const CustomerTickets last = ranking_.list().best.back();
    const auto customer = static_cast<uint32_t>(last.customer_id.value());
    Set(customer, static_cast<uint32_t>(last.ticket_count) - 1);
    ASSERT_TRUE(IsRight()) << i;
  }
}

TEST_F(RankingTest, TiesAreRefilledInIdOrder) {
  for (uint32_t i = 0; i < 500; ++i) Set(1 + i * 37 % 500 * 1000, 5);
  ASSERT_TRUE(IsRight());
  for (uint32_t i = 0; i < 450; ++i) {
    Set(static_cast<uint32_t>(ranking_.list().best.front().customer_id.value()),
        4);
    ASSERT_TRUE(IsRight()) << i;
  }
}

TEST_F(RankingTest, SparseIdsAreFoundByTheRefill) {
  std::vector<uint32_t> ids = {1,    2,        63,         64,    4095,
                               4096, 1u << 30, kIdMax - 1, kIdMax};
  for (uint32_t i = 1; i <= 200; ++i) ids.push_back(i * 10'000'019);
  uint32_t tickets = 1;
  for (uint32_t id : ids) Set(id, tickets++);
  ASSERT_TRUE(IsRight());
  for (uint32_t id : ids) {
    Set(id, id % 3);
    ASSERT_TRUE(IsRight()) << id;
  }
}

TEST_F(RankingTest, PublishedListsAreSharedUntilTheyChange) {
  for (uint32_t customer = 1; customer <= 1000; ++customer) {
    Set(customer, 1000 + customer);
  }
  const auto list = ranking_.Publish();
  Set(1, 5);  // far from the top
  EXPECT_EQ(ranking_.Publish(), list);
  Set(2, 5000);
  const auto changed = ranking_.Publish();
  EXPECT_NE(changed, list);
  EXPECT_EQ(changed->best.front(), Entry(2, 5000));
  EXPECT_EQ(list->best.front(), Entry(1000, 2000)) << "it is constant";
}

TEST_F(RankingTest, AChangeToTheSameCountChangesNothing) {
  Set(3, 5);
  const auto list = ranking_.Publish();
  Set(3, 5);
  EXPECT_EQ(ranking_.Publish(), list);
}

TEST_F(RankingTest, AgreesWithSortingUnderRandomChanges) {
  for (uint64_t seed : TestSeeds(6)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    for (const auto& [customer, tickets] : counts_) {
      if (tickets > 0) Set(customer, 0);
    }
    counts_.clear();
    const int32_t customers = 1 << (5 + random.Below(7));
    const int32_t spread = random.OneIn(2) ? 1 : 500'000;
    const int32_t most = 1 + random.Below(40);
    const int64_t steps = std::max<int64_t>(Scaled(4000), 800);
    for (int64_t step = 0; step < steps; ++step) {
      const auto customer =
          static_cast<uint32_t>((1 + random.Below(customers)) * spread);
      const auto at = counts_.find(customer);
      const auto now = at == counts_.end() ? 0 : at->second;
      // One up or down mostly, as orders do it.
      const uint32_t next = random.OneIn(10)
                                ? static_cast<uint32_t>(random.Below(most))
                            : random.OneIn(2) ? now + 1
                            : now > 0         ? now - 1
                                              : 0;
      Set(customer, next);
      ASSERT_TRUE(IsRight()) << "step " << step;
    }
  }
}

}  // namespace
}  // namespace orderstore::table
