// Versions of rows, and which of them a view sees.
//
// A row's slot holds its newest version. The words that change in place
// (`word`, `updated_at`) are preceded by `stamp`: the tick of the transaction
// that last changed them. Older versions hang on the slot's chain, newest
// first; a chain goes on into the slot that had the row's id before (after a
// change of text, or a deletion and an insert with the same id).
//
//   id directory -> slot 9 [stamp 30] -> version [begin 21] -> slot 4 [stamp
//   21, deleted] -> version [begin 8] -> end
//
// Writer, changing a row in the transaction of tick c (its stamp is b < c):
//   1. hang a copy of the row's version (begin = b) on the chain
//   2. stamp := c          (release: who sees c, sees the copy)
//   3. word, updated_at := (release: who sees them, sees c)
// Reader, at tick v: See() below. As ticks are never used twice, the stamp
// never returns to b, so a stamp that is the same before and after proves the
// words between. When it is not, the reader's version hangs on the chain, and
// stays there while the view pins it: no retry.
//
// An abort stores the old words back and leaves stamp c and the copy. Nothing
// of a commit touches rows: it publishes a state of tick c.

#ifndef ORDERSTORE_TABLE_VERSION_H_
#define ORDERSTORE_TABLE_VERSION_H_

#include <atomic>
#include <cassert>
#include <cstdint>
#include <optional>

#include "table/commit_state.h"
#include "table/pool.h"

namespace orderstore::table {

// How the writer reads what only it changes.
inline constexpr auto kRelaxed = std::memory_order_relaxed;

// The next element of a chain: nothing, a version, or a slot.
class Link {
 public:
  constexpr Link() = default;
  static constexpr Link FromBits(uint32_t bits) { return Link(bits); }
  static constexpr Link ToVersion(uint32_t number) { return Link(number); }
  static constexpr Link ToSlot(uint32_t number) {
    return Link(number == 0 ? 0 : number | kSlotBit);
  }

  constexpr uint32_t bits() const { return bits_; }
  constexpr bool is_slot() const { return (bits_ & kSlotBit) != 0; }
  constexpr bool is_version() const { return bits_ != 0 && !is_slot(); }
  // Number of the slot or version.
  constexpr uint32_t number() const { return bits_ & ~kSlotBit; }

  friend constexpr bool operator==(Link, Link) = default;

 private:
  static constexpr uint32_t kSlotBit = uint32_t{1} << 31;

  constexpr explicit Link(uint32_t bits) : bits_(bits) {}

  uint32_t bits_ = 0;
};

// What changes in place: see rows.h for the meaning of `word`.
struct Words {
  uint32_t word = 0;
  int64_t updated_at = 0;
};

// The newest change of a row: a tick, and whether that change deleted it.
class Stamp {
 public:
  constexpr explicit Stamp(uint64_t bits) : bits_(bits) {}
  static constexpr Stamp Alive(Tick tick) { return Stamp(tick); }
  static constexpr Stamp Deleted(Tick tick) {
    return Stamp(tick | kDeletedBit);
  }

  constexpr uint64_t bits() const { return bits_; }
  constexpr Tick tick() const { return bits_ & ~kDeletedBit; }
  constexpr bool deleted() const { return (bits_ & kDeletedBit) != 0; }

  friend constexpr bool operator==(Stamp, Stamp) = default;

 private:
  static constexpr uint64_t kDeletedBit = uint64_t{1} << 63;

  uint64_t bits_;
};

// The part that the rows of all tables have in common.
struct RowHeader {
  // The three below: written by the writer as above, read by See().
  std::atomic<uint64_t> stamp = 0;
  std::atomic<int64_t> updated_at = 0;
  // Constant while any reader may see the slot, as is `id`.
  int64_t created_at = 0;
  std::atomic<uint32_t> word = 0;
  // Release stores pair with acquire loads: the linked element is complete.
  std::atomic<uint32_t> older = 0;
  uint32_t id = 0;

  Stamp LoadStamp(std::memory_order order) const {
    return Stamp(stamp.load(order));
  }
  Link LoadOlder() const {
    return Link::FromBits(older.load(std::memory_order_acquire));
  }
};

// To be asked by the writer, who alone may be changing the row.
inline bool IsDeleted(const RowHeader& row) {
  return row.LoadStamp(std::memory_order_relaxed).deleted();
}

// A version that was replaced. Constant once linked, but for the links.
struct Version {
  Tick begin = 0;
  int64_t updated_at = 0;
  uint32_t word = 0;
  // Where the row is in its parent's list (child_index.h); the writer's.
  uint32_t position = 0;
  std::atomic<uint32_t> next = 0;  // as RowHeader::older
  // The version before it in the chain, or 0: the row itself. The writer's.
  uint32_t prev = 0;

  Link LoadNext() const {
    return Link::FromBits(next.load(std::memory_order_acquire));
  }
};
static_assert(sizeof(Version) == 32);

using VersionPool = Pool<Version>;

// The outcome of a look at one slot.
struct Sight {
  std::optional<Words> words;  // none: the view does not see this slot
  Link older;  // if not seen: where an older slot of the same id may be
};

// What a view of tick `tick` sees in this slot. This is the whole visibility
// rule of the store.
inline Sight See(const RowHeader& row, const VersionPool& versions, Tick tick) {
  const Stamp stamp = row.LoadStamp(std::memory_order_acquire);
  if (stamp.tick() <= tick) {
    if (stamp.deleted()) return {};
    // Acquire: the second look at the stamp comes after these loads, and sees
    // the stamp of whoever stored what they see. Acquire there, too: if the
    // stamp has changed, the chain below has the version that was hung on it
    // before.
    const Words words{row.word.load(std::memory_order_acquire),
                      row.updated_at.load(std::memory_order_acquire)};
    if (row.LoadStamp(std::memory_order_acquire) == stamp) {
      return {words, Link()};
    }
  }
  Link link = row.LoadOlder();
  while (link.is_version()) {
    const Version& version = versions[link.number()];
    if (version.begin <= tick) {
      return {Words{version.word, version.updated_at}, Link()};
    }
    link = version.LoadNext();
  }
  return {std::nullopt, link};
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_VERSION_H_
