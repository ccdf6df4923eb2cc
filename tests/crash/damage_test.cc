// Damage of every kind to the files of a store at rest: found, named, and never
// papered over. Which damage is harmless, is in damaged_store.cc.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crash/damaged_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scale.h"
#include "store/seeded_random.h"

namespace {

// The largest piece of memory that anybody asked for since it was 0.
std::atomic<size_t> largest_piece = 0;

void* Allocate(size_t bytes, size_t alignment) {
  size_t before = largest_piece.load(std::memory_order_relaxed);
  while (bytes > before && !largest_piece.compare_exchange_weak(
                               before, bytes, std::memory_order_relaxed)) {
  }
  const size_t rounded = (bytes + alignment) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// ThreadSanitizer has its own, and lets nobody replace them.
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define ORDERSTORE_NEW_IS_TAKEN
#endif
#endif
#ifndef ORDERSTORE_NEW_IS_TAKEN
// NOLINTBEGIN
void* operator new(size_t bytes) {
  return Allocate(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
void* operator new(size_t bytes, std::align_val_t alignment) {
  return Allocate(bytes, static_cast<size_t>(alignment));
}
// Inlined, g++ takes the free for a mistake.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
void operator delete(void* memory, std::align_val_t) noexcept {
  operator delete(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  operator delete(memory);
}
// NOLINTEND
#endif

namespace orderstore {
namespace {

using disk::DiskImage;
using Kind = DamagedStore::Kind;

class DamageTest : public testing::TestWithParam<Kind> {
 protected:
  DamageTest() : store_(GetParam()), image_(store_.image()) {
    EXPECT_EQ(store_.Try(image_, {}, /*harmless=*/true), "");
    EXPECT_EQ(store_.opened(), 1);
    // Buffers that do not depend on the files, and the files.
    bytes_max_ = largest_piece;
    for (const auto& [path, bytes] : image_.files) bytes_max_ += bytes.size();
    bytes_max_ += size_t{1} << 20;
  }

  ~DamageTest() override {
    RecordProperty("opened", store_.opened());
    RecordProperty("refused", store_.refused());
  }

  std::string& Bytes(const std::string& path) { return image_.files[path]; }

  // Opens the store with image_, and puts the files back. Says what went wrong
  // the first few times.
  void Expect(const std::string& what, const std::vector<std::string>& changed,
              bool harmless, bool names_folder = false) {
    if (failures_ == 5) return;
    largest_piece = 0;
    std::vector<std::string> named = changed;
    if (names_folder) named.push_back(store_.folder());
    std::string error = store_.Try(image_, named, harmless);
    if (error.empty() && largest_piece > bytes_max_) {
      error = "memory of " + std::to_string(largest_piece) +
              " bytes was allocated at once";
    }
    for (const std::string& path : changed) {
      image_.files[path] = store_.image().files.at(path);
    }
    if (error.empty()) return;
    ++failures_;
    ADD_FAILURE() << changed.front() << ", " << what << ": " << error;
  }

  void ExpectRange(const std::string& what, const std::string& path,
                   size_t begin, size_t end) {
    if (Bytes(path) == store_.image().files.at(path)) return;
    Expect(what + " at " + std::to_string(begin), {path},
           store_.IsHarmless(path, begin, end));
  }

  // What says something, the zeros around it, and the ends of each block.
  static bool IsUsed(std::string_view bytes, size_t at) {
    constexpr size_t kAround = 16;
    const size_t begin = at - std::min(at, kAround);
    return at % 512 == 0 || at % 512 == 511 ||
           bytes.substr(begin, 2 * kAround).find_first_not_of('\0') !=
               std::string_view::npos;
  }

  // Whether the file is looked at at all when all is well.
  bool IsRead(const std::string& path) const {
    return path == store_.newest_snapshot() || !store_.IsHarmless(path, 0, 1);
  }

  // Whether to damage this byte: those that say something, and a few of the
  // others; all of them if the environment asks for it, which takes an hour.
  bool IsChosen(const std::string& path, size_t at) {
    return SaysSomething(path, at) || random_.OneIn(64);
  }
  bool SaysSomething(const std::string& path, size_t at) const {
    return kEveryByte ||
           (IsRead(path) && IsUsed(store_.image().files.at(path), at));
  }

  static inline const bool kEveryByte =
      std::getenv("ORDERSTORE_TEST_EVERY_BYTE") != nullptr;

  DamagedStore store_;
  DiskImage image_;
  SeededRandom random_{11};
  size_t bytes_max_ = 0;
  int failures_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Stores, DamageTest,
                         testing::Values(Kind::kClosed, Kind::kTorn,
                                         Kind::kRotating, Kind::kBackup),
                         [](const auto& chosen) {
                           switch (chosen.param) {
                             case Kind::kClosed:
                               return "Closed";
                             case Kind::kTorn:
                               return "Torn";
                             case Kind::kRotating:
                               return "Rotating";
                             case Kind::kBackup:
                               break;
                           }
                           return "Backup";
                         });

// ---- Bits ------------------------------------------------------------------

// Every bit of the closed store's bytes that say something, and one a byte of
// the others and of the other stores'.
TEST_P(DamageTest, AFlippedBitIsFoundAndNamed) {
  for (const std::string& path : store_.Files()) {
    const std::string& bytes = store_.image().files.at(path);
    for (size_t at = 0; at < bytes.size(); ++at) {
      if (!IsChosen(path, at)) continue;
      const bool all = kEveryByte ||
                       (GetParam() == Kind::kClosed && SaysSomething(path, at));
      const int one = random_.Below(8);
      for (int bit = 0; bit < 8; ++bit) {
        if (!all && bit != one) continue;
        if (random_.Below(100) >= TestScalePercent()) continue;
        char& byte = Bytes(path)[at];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U << bit);
        ExpectRange("bit " + std::to_string(bit), path, at, at + 1);
      }
    }
  }
  EXPECT_GT(store_.refused(), 0);
}

// ---- Lengths ---------------------------------------------------------------

TEST_P(DamageTest, AFileOfAnotherLengthIsFoundAndNamed) {
  for (const std::string& path : store_.Files()) {
    const std::string bytes = store_.image().files.at(path);
    for (size_t length = 0; length < bytes.size(); ++length) {
      if (random_.Below(100) >= TestScalePercent()) continue;
      if (!IsChosen(path, length)) continue;
      Bytes(path).resize(length);
      // A length is of the whole file.
      Expect("cut to " + std::to_string(length), {path},
             store_.IsHarmless(path, 0, bytes.size()));
    }
    for (const int more : {1, 63, 511, 512, 4095, 4096, 5000, 16384}) {
      for (const bool zeros : {true, false}) {
        for (int i = 0; i < more; ++i) {
          Bytes(path) += static_cast<char>(zeros ? 0 : 1 + random_.Below(255));
        }
        Expect("longer by " + std::to_string(more), {path},
               store_.IsHarmless(path, 0, Bytes(path).size()));
      }
    }
  }
}

// ---- Files -----------------------------------------------------------------

TEST_P(DamageTest, AMissingFileIsFoundAndNamed) {
  bool first_segment = true;
  for (const std::string& path : store_.Files()) {
    image_.files.erase(path);
    bool harmless = store_.IsHarmless(path, 0, 1);
    if (path.ends_with(".log")) {
      // A hole in the log is one, needed or not; its begin may be missing.
      harmless &= std::exchange(first_segment, false);
      // A segment that was not begun was not needed yet.
      const auto& unused = store_.end().unused_segment;
      harmless |= unused && path.ends_with(wal::SegmentName(*unused));
    }
    // Nobody knows the name of what is missing, if nothing else has it.
    Expect("missing", {path}, harmless, /*names_folder=*/true);
  }
}

TEST_P(DamageTest, FilesUnderEachOthersNamesAreFoundAndNamed) {
  const std::vector<std::string> paths = store_.Files();
  for (size_t i = 0; i < paths.size(); ++i) {
    for (size_t j = i + 1; j < paths.size(); ++j) {
      const std::string kind = paths[i].substr(paths[i].rfind('.') + 1);
      if (!paths[j].ends_with(kind)) continue;
      std::swap(Bytes(paths[i]), Bytes(paths[j]));
      // Both snapshots at once are too many.
      Expect("swapped with " + paths[j], {paths[i], paths[j]},
             kind != "snapshot" &&
                 store_.IsHarmless(paths[i], 0, Bytes(paths[i]).size()) &&
                 store_.IsHarmless(paths[j], 0, Bytes(paths[j]).size()));
    }
  }
}

// ---- Ranges ----------------------------------------------------------------

// Garbage without zeros: a zero in the place of the last byte of a block says
// that the block was never written, which only a crash may do, and only to the
// last frame; see the next test.
TEST_P(DamageTest, GarbageIsFoundAndNamed) {
  const std::vector<std::string> paths = store_.Files();
  for (int64_t i = 0; i < Scaled(4000); ++i) {
    const std::string& path = random_.Pick(paths);
    std::string& bytes = Bytes(path);
    const size_t length =
        std::min<size_t>(random_.OneTo(1 << random_.OneTo(13)), bytes.size());
    const auto begin = static_cast<size_t>(
        random_.Below(static_cast<int32_t>(bytes.size() - length + 1)));
    for (size_t at = begin; at < begin + length; ++at) {
      bytes[at] = static_cast<char>(1 + random_.Below(255));
    }
    ExpectRange(std::to_string(length) + " bytes of garbage", path, begin,
                begin + length);
  }
}

// The ambiguity that remains: zeros in the last frame may be what a power cut
// left of it, unless the next segment has begun. A closed store lacks no more
// than its closing frame then.
TEST_P(DamageTest, ZeroedBlocksAreFoundButInTheLastFrame) {
  for (const std::string& path : store_.Files()) {
    if (!IsRead(path)) continue;
    const wal::LogEnd::LastFrame& last = store_.end().last_frame;
    const bool has_last = path.ends_with(wal::SegmentName(last.segment));
    for (const size_t size : {size_t{512}, size_t{4096}}) {
      for (size_t at = 0; at + size <= Bytes(path).size(); at += size) {
        const bool in_last =
            has_last && at + size > static_cast<size_t>(last.offset);
        const bool closed = GetParam() == Kind::kClosed;
        // A segment that was begun behind it says what the last frame had.
        if (in_last && !closed && GetParam() != Kind::kRotating) continue;
        std::fill_n(Bytes(path).begin() + static_cast<ptrdiff_t>(at), size,
                    '\0');
        if (Bytes(path) == store_.image().files.at(path)) continue;
        Expect("zeros at " + std::to_string(at), {path},
               (in_last && closed) || store_.IsHarmless(path, at, at + size));
      }
    }
  }
}

}  // namespace
}  // namespace orderstore
