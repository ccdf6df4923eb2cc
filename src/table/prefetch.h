// Memory announced before it is needed, so that several loads from it overlap.

#ifndef ORDERSTORE_TABLE_PREFETCH_H_
#define ORDERSTORE_TABLE_PREFETCH_H_

namespace orderstore::table {

// The cache line at an address, which need not be valid.
inline void Prefetch(const void* at) {
  __builtin_prefetch(at);
  // Or g++ takes a function that does nothing else to have no effect, and drops
  // the call.
  asm("");
}

// A row's slot, which may take two cache lines.
template <typename Row>
void PrefetchRow(const Row& row) {
  Prefetch(&row);
  Prefetch(reinterpret_cast<const char*>(&row) + sizeof(Row) - 1);
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_PREFETCH_H_
