// How far the writer has come in a dense array. Near the end of a huge page it
// asks for the next, so as to find memory there.
//
// Thread-safety: the writer's.

#ifndef ORDERSTORE_TABLE_FRONTIER_H_
#define ORDERSTORE_TABLE_FRONTIER_H_

#include <cstddef>

#include "table/address_space.h"

namespace orderstore::table {

class Frontier {
 public:
  // What the writer fills while the next huge page is got ready.
  static constexpr size_t kAhead = kHugePageBytes / 8;

  // Of a dense array that begins at `begin`.
  Frontier(AddressSpace& space, void* begin)
      : space_(space),
        mark_(static_cast<std::byte*>(begin) + kHugePageBytes - kAhead) {}

  // To be called when the bytes before `end` come into use.
  void Reach(const void* end) {
    while (end > mark_) {
      space_.BackAhead(mark_ + kAhead);
      mark_ += kHugePageBytes;
    }
  }

 private:
  AddressSpace& space_;
  std::byte* mark_;
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_FRONTIER_H_
