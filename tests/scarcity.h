// Memory that runs out when a test wants it to.
//
//   {
//     const Scarcity scarcity(2);  // two more allocations, and then no more
//     EXPECT_THROW(txn.Commit(), std::bad_alloc);
//   }
//   EXPECT_TRUE(Scarcity::HasStruck());
//
// It replaces the program's operator new, so that one source file of a program
// may include it. ThreadSanitizer has its own, and lets nobody replace it:
// where kMemoryIsOurs is false, such tests are skipped.

#ifndef ORDERSTORE_TESTS_SCARCITY_H_
#define ORDERSTORE_TESTS_SCARCITY_H_

#include <cstddef>
#include <cstdlib>
#include <new>

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define ORDERSTORE_NEW_IS_NOT_OURS
#endif
#endif

namespace orderstore {

#ifdef ORDERSTORE_NEW_IS_NOT_OURS
inline constexpr bool kMemoryIsOurs = false;
#else
inline constexpr bool kMemoryIsOurs = true;
#endif

// While it lives, this thread gets memory `count` times, and then no more.
class Scarcity {
 public:
  explicit Scarcity(int count) {
    has_struck_ = false;
    left_ = count;
  }
  Scarcity(const Scarcity&) = delete;
  Scarcity& operator=(const Scarcity&) = delete;
  ~Scarcity() { left_ = kPlenty; }

  // Whether the one before refused any.
  static bool HasStruck() { return has_struck_; }

  // For operator new.
  static bool Refuses() {
    if (left_ == kPlenty) return false;
    if (left_ == 0) return has_struck_ = true;
    --left_;
    return false;
  }

 private:
  static constexpr int kPlenty = -1;
  static inline thread_local int left_ = kPlenty;
  static inline thread_local bool has_struck_ = false;
};

}  // namespace orderstore

#ifndef ORDERSTORE_NEW_IS_NOT_OURS
// NOLINTBEGIN
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  if (orderstore::Scarcity::Refuses()) return nullptr;
  return std::malloc(bytes == 0 ? 1 : bytes);
}
void* operator new(size_t bytes) {
  void* const memory = operator new(bytes, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t bytes, std::align_val_t alignment) {
  const auto to = static_cast<size_t>(alignment);
  void* const memory = orderstore::Scarcity::Refuses()
                           ? nullptr
                           : std::aligned_alloc(to, (bytes + to - 1) / to * to);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Inlined, g++ takes the free for a mistake.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  operator delete(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  operator delete(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  operator delete(memory);
}
// NOLINTEND
#endif

#endif  // ORDERSTORE_TESTS_SCARCITY_H_
