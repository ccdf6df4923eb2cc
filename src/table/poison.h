// Marks memory that nobody may touch, for AddressSanitizer: a reader that
// stands in a freed row or version is then reported where it stands. Does
// nothing in other builds.

#ifndef ORDERSTORE_TABLE_POISON_H_
#define ORDERSTORE_TABLE_POISON_H_

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define ORDERSTORE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ORDERSTORE_ASAN 1
#endif
#endif

#ifdef ORDERSTORE_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace orderstore::table {

#ifdef ORDERSTORE_ASAN
inline void Poison(const void* begin, size_t bytes) {
  __asan_poison_memory_region(begin, bytes);
}
inline void Unpoison(const void* begin, size_t bytes) {
  __asan_unpoison_memory_region(begin, bytes);
}
#else
inline void Poison(const void*, size_t) {}
inline void Unpoison(const void*, size_t) {}
#endif

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_POISON_H_
