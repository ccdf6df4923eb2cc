// Which pages take memory, as the kernel says.

#ifndef ORDERSTORE_TESTS_PAGES_IN_MEMORY_H_
#define ORDERSTORE_TESTS_PAGES_IN_MEMORY_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "table/address_space.h"

namespace orderstore::table {

// Pages of [begin, begin + bytes) that take memory.
inline int64_t PagesInMemory(const void* begin, size_t bytes) {
  std::vector<unsigned char> pages(bytes / kPageBytes);
  EXPECT_EQ(mincore(const_cast<void*>(begin), bytes, pages.data()), 0);
  int64_t count = 0;
  for (unsigned char page : pages) count += page & 1;
  return count;
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TESTS_PAGES_IN_MEMORY_H_
