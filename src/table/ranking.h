// Keeps the customers with the most tickets, exactly, as ticket counts change.
//
// Two parts. A sorted list of the best: a change that does not reach its last
// place costs two comparisons. And, to refill the list when customers drop out
// of it, a tournament: for each 64 customer ids the largest ticket count among
// them, for each 64 of those the largest, and so on. An ordered set of all
// customers would do as well, but costs some four cache misses a change and 10
// bytes a customer; the tournament costs one and 1/16 byte.
//
// Thread-safety: the writer's alone.

#ifndef ORDERSTORE_TABLE_RANKING_H_
#define ORDERSTORE_TABLE_RANKING_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "orderstore/records.h"
#include "table/address_space.h"
#include "table/top_list.h"

namespace orderstore::table {

class Ranking {
 public:
  // The ticket count of a customer as of now; 0 if there is none.
  using TicketCounts = std::function<uint32_t(uint32_t customer)>;

  Ranking(AddressSpace& space, TicketCounts ticket_counts);

  // The customer's count was `before` and is `after` now; `ticket_counts`
  // says so already. O(log customers); O(kTopListGuaranteed) list entries move
  // at most, and a refill, some 50 us, comes once in at least 28 drop-outs.
  // Needs no memory.
  void Change(uint32_t customer, uint32_t before, uint32_t after) noexcept;

  // The list as of now.
  const TopList& list() const { return list_; }
  // The same, to be published. The same object as long as the list
  // is the same. Throws std::bad_alloc.
  std::shared_ptr<const TopList> Publish();

  // Whether every entry of the tournament is the largest below it. O(ids).
  bool IsConsistent() const;

  int64_t bytes() const;

 private:
  static constexpr uint32_t kFanOut = 64;
  static constexpr size_t kLevels = 5;
  // Entries kept at most: a refill leaves room for some drop-outs.
  static constexpr size_t kListMax = 128;

  void UpdateTournament(uint32_t customer, uint32_t before, uint32_t after);
  // The largest count below an entry.
  uint32_t LargestBelow(size_t level, uint32_t index) const;
  void ChangeList(CustomerTickets before, CustomerTickets after);
  void Refill();

  const TicketCounts ticket_counts_;
  // levels_[0][i]: the largest count of ids 64 i .. 64 i + 63; levels_[k][i]:
  // the largest of levels_[k - 1][64 i .. 64 i + 63].
  std::array<uint32_t*, kLevels> levels_;
  // The largest id that ever had a ticket; stored by the writer, for
  // statistics.
  std::atomic<uint32_t> customer_max_ = 0;
  TopList list_;
  std::shared_ptr<const TopList> published_;  // null once the list has changed
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_RANKING_H_
