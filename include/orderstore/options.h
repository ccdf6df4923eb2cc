// How a store is opened. The defaults suit a ticket shop; no option has to be
// set.

#ifndef ORDERSTORE_OPTIONS_H_
#define ORDERSTORE_OPTIONS_H_

#include <cstdint>

namespace orderstore {

struct Options {
  // The most memory, in bytes, that rows, versions and indexes may take; 0 is
  // no limit; a negative one is refused when the store is opened. An insert or
  // update that would pass it is refused whole with ResourceExhausted. Deletes
  // and aborts are never refused for memory.
  int64_t memory_bytes_max = 0;

  // Asks the kernel for huge pages (madvise MADV_HUGEPAGE) for rows and
  // indexes: fewer TLB misses for stores of many million rows, and up to 2 MiB
  // of unused memory for each table and index. Not used where the kernel
  // refuses it.
  bool huge_pages = false;
};

}  // namespace orderstore

#endif  // ORDERSTORE_OPTIONS_H_
