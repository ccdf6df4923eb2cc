#include "csv/id_set.h"

#include <bit>

namespace orderstore::csv {

bool IdSet::Insert(int32_t id) {
  const size_t position = PositionOf(id);
  if (position >= directory_.size()) directory_.resize(position + 1, kNone);
  uint32_t& page = directory_[position];
  if (page == kNone) {
    page = static_cast<uint32_t>(pages_.size());
    pages_.emplace_back();
  }
  uint64_t& word = pages_[page][WordOf(id)];
  if ((word & BitOf(id)) != 0) return false;
  word |= BitOf(id);
  ++size_;
  return true;
}

void IdSet::NumberIds() {
  ranks_.resize(pages_.size());
  uint32_t rank = 0;
  for (const uint32_t page : directory_) {
    if (page == kNone) continue;
    for (size_t i = 0; i < pages_[page].size(); ++i) {
      ranks_[page][i] = rank;
      rank += static_cast<uint32_t>(std::popcount(pages_[page][i]));
    }
  }
}

uint32_t IdSet::Rank(int32_t id) const {
  const uint32_t page = PageOf(id);
  const size_t word = WordOf(id);
  return ranks_[page][word] + static_cast<uint32_t>(std::popcount(
                                  pages_[page][word] & (BitOf(id) - 1)));
}

}  // namespace orderstore::csv
