#include "table/ranking.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "table/id_directory.h"

namespace orderstore::table {
namespace {

constexpr size_t EntriesOf(size_t level) {
  const size_t entries = (size_t{kIdMax} + 1) >> (6 * (level + 1));
  return entries == 0 ? 1 : entries;
}

CustomerTickets Ranked(uint32_t customer, uint32_t tickets) {
  return {CustomerId(static_cast<int32_t>(customer)), tickets};
}

}  // namespace

Ranking::Ranking(AddressSpace& space, TicketCounts ticket_counts)
    : ticket_counts_(std::move(ticket_counts)) {
  for (size_t level = 0; level < kLevels; ++level) {
    levels_[level] =
        space.Carve<uint32_t>(EntriesOf(level), AddressSpace::Touch::kSparse);
  }
  list_.best.reserve(kListMax + 1);
}

int64_t Ranking::bytes() const {
  return static_cast<int64_t>(customer_max_.load(std::memory_order_relaxed) /
                                  kFanOut * sizeof(uint32_t) +
                              kPageBytes);
}

void Ranking::Change(uint32_t customer, uint32_t before,
                     uint32_t after) noexcept {
  if (before == after) return;
  if (customer > customer_max_.load(std::memory_order_relaxed)) {
    customer_max_.store(customer, std::memory_order_relaxed);
  }
  UpdateTournament(customer, before, after);
  ChangeList(Ranked(customer, before), Ranked(customer, after));
}

void Ranking::UpdateTournament(uint32_t customer, uint32_t before,
                               uint32_t after) {
  uint32_t index = customer;
  for (size_t level = 0; level < kLevels; ++level) {
    index /= kFanOut;
    uint32_t& largest = levels_[level][index];
    if (after >= largest) {
      if (after == largest) return;
      largest = after;
    } else if (before == largest) {
      // It may have been the only one so large.
      const uint32_t now = LargestBelow(level, index);
      if (now == largest) return;
      largest = now;
      after = now;
    } else {
      return;
    }
  }
}

uint32_t Ranking::LargestBelow(size_t level, uint32_t index) const {
  if (level > 0) {
    const uint32_t* below = &levels_[level - 1][size_t{index} * kFanOut];
    return *std::max_element(below, below + kFanOut);
  }
  uint32_t largest = 0;
  for (uint32_t i = 0; i < kFanOut; ++i) {
    largest = std::max(largest, ticket_counts_(index * kFanOut + i));
  }
  return largest;
}

bool Ranking::IsConsistent() const {
  uint32_t last = customer_max_.load(std::memory_order_relaxed);
  for (size_t level = 0; level < kLevels; ++level) {
    last /= kFanOut;
    for (uint32_t index = 0; index <= last; ++index) {
      if (levels_[level][index] != LargestBelow(level, index)) return false;
    }
  }
  return true;
}

void Ranking::ChangeList(CustomerTickets before, CustomerTickets after) {
  const auto reaches = [this](const CustomerTickets& entry) {
    return entry.ticket_count > 0 &&
           (list_.has_all ||
            (!list_.best.empty() && !RanksBefore(list_.best.back(), entry)));
  };
  const bool was_in = reaches(before);
  if (!was_in && !reaches(after)) return;
  published_.reset();
  const bool stays = reaches(after);
  if (was_in) {
    const auto at = std::lower_bound(list_.best.begin(), list_.best.end(),
                                     before, RanksBefore);
    assert(at != list_.best.end() && *at == before);
    list_.best.erase(at);
  }
  if (stays) {
    list_.best.insert(std::lower_bound(list_.best.begin(), list_.best.end(),
                                       after, RanksBefore),
                      after);
    if (list_.best.size() > kListMax) {
      list_.best.pop_back();
      list_.has_all = false;
    }
  }
  if (!list_.has_all && list_.best.size() < kTopListGuaranteed) Refill();
}

// Best first search through the tournament: opens the node with the largest
// count until enough customers came out. Nodes of one count are opened in id
// order, so customers come out in rank order. There is a customer in each node,
// so that those in the kListMax best of the nodes fill the list: the others are
// dropped, and no memory is needed.
void Ranking::Refill() {
  struct Node {
    uint32_t largest;
    uint32_t first_customer;
    int level;  // -1: a customer
    uint32_t index;
  };
  const auto later = [](const Node& a, const Node& b) {
    if (a.largest != b.largest) return a.largest < b.largest;
    return a.first_customer > b.first_customer;
  };
  std::array<Node, kListMax> open = {};  // the first to be opened comes last
  size_t count = 0;
  bool dropped = false;
  const auto add = [&](uint32_t largest, int level, uint32_t index) {
    if (largest == 0) return;
    const Node node{largest, index << (6 * (level + 1)), level, index};
    Node* const begin = open.data();
    Node* const end = begin + count;
    Node* const at = std::lower_bound(begin, end, node, later);
    if (count < kListMax) {
      std::move_backward(at, end, end + 1);
      *at = node;
      ++count;
      return;
    }
    dropped = true;
    if (at == begin) return;
    std::move(begin + 1, at, begin);
    *(at - 1) = node;
  };
  constexpr int kTop = static_cast<int>(kLevels) - 1;
  for (uint32_t i = 0; i < EntriesOf(kTop); ++i) {
    add(levels_[kTop][i], kTop, i);
  }
  list_.best.clear();
  while (count > 0 && list_.best.size() < kListMax) {
    const Node node = open[--count];
    if (node.level < 0) {
      list_.best.push_back(Ranked(node.index, node.largest));
      continue;
    }
    for (uint32_t i = 0; i < kFanOut; ++i) {
      const uint32_t index = node.index * kFanOut + i;
      add(node.level == 0 ? ticket_counts_(index)
                          : levels_[static_cast<size_t>(node.level) - 1][index],
          node.level - 1, index);
    }
  }
  list_.has_all = count == 0 && !dropped;
}

std::shared_ptr<const TopList> Ranking::Publish() {
  if (published_ == nullptr) {
    published_ = std::make_shared<const TopList>(list_);
  }
  return published_;
}

}  // namespace orderstore::table
