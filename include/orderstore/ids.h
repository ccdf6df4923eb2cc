// Strong row ids.
//
//   CustomerId alice(7);
//   OrderId order = alice;          // does not compile
//   int32_t raw = alice.value();    // 7
//
// An id is a 32-bit number from 1 to 2^31-1, as PostgreSQL's SERIAL columns
// hold it. The default-constructed id is 0, which no row has. Ids of different
// tables do not convert into each other or into integers. They are ordered and
// hashable (std::hash and absl::Hash).

#ifndef ORDERSTORE_IDS_H_
#define ORDERSTORE_IDS_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

namespace orderstore {

// The id of a row; `Tag` says of which table.
template <typename Tag>
class Id {
 public:
  // The largest id, 2^31-1.
  static constexpr Id Max() { return Id(std::numeric_limits<int32_t>::max()); }

  constexpr Id() = default;
  // Takes any number: valid() tells whether a row can have it.
  constexpr explicit Id(int32_t value) : value_(value) {}

  // The number.
  constexpr int32_t value() const { return value_; }

  // True for 1..2^31-1: an id that a row can have.
  constexpr bool valid() const { return value_ > 0; }

  friend constexpr auto operator<=>(Id, Id) = default;

  template <typename H>
  friend H AbslHashValue(H state, Id id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  int32_t value_ = 0;
};

// Each is a type of its own.
using CustomerId = Id<struct CustomerIdTag>;
using OrderId = Id<struct OrderIdTag>;
using BarcodeId = Id<struct BarcodeIdTag>;

// Log sequence number: 1, 2, 3, ... without holes, one for each committed
// transaction that changed something. 0 is the empty store's.
using Lsn = uint64_t;

}  // namespace orderstore

template <typename Tag>
struct std::hash<orderstore::Id<Tag>> {
  size_t operator()(orderstore::Id<Tag> id) const noexcept {
    return std::hash<int32_t>()(id.value());
  }
};

#endif  // ORDERSTORE_IDS_H_
