// Reads the fields of a tuple of Tarantool, one after the other. They are in
// MessagePack, of which this knows what the peer's spaces have.

#ifndef ORDERSTORE_BENCH_PEERS_TUPLE_FIELDS_H_
#define ORDERSTORE_BENCH_PEERS_TUPLE_FIELDS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "checks.h"
#include "peers/tarantool_api.h"

namespace orderstore::bench {

class TupleFields {
 public:
  explicit TupleFields(box_tuple_t* tuple) : at_(box_tuple_field(tuple, 0)) {}

  // nil: 0.
  int32_t Int() {
    const uint8_t type = Byte();
    if (type == kNil) return 0;
    return static_cast<int32_t>(Unsigned(type));
  }
  // A whole number may be kept as an integer.
  double Number() {
    const uint8_t type = Byte();
    if (type == kDouble) return std::bit_cast<double>(Bytes(8));
    return static_cast<double>(Unsigned(type));
  }
  bool Bool() {
    const uint8_t type = Byte();
    Require(type == kFalse || type == kTrue, "a field is no boolean");
    return type == kTrue;
  }
  // Lives as long as the tuple.
  std::string_view Text() {
    const size_t size = TextSize(Byte());
    const std::string_view text(at_, size);
    at_ += size;
    return text;
  }

 private:
  static constexpr uint8_t kFixedIntMax = 0x7f;
  static constexpr uint8_t kFixedText = 0xa0;  // and the size, below 32
  static constexpr uint8_t kNil = 0xc0;
  static constexpr uint8_t kFalse = 0xc2;
  static constexpr uint8_t kTrue = 0xc3;
  static constexpr uint8_t kDouble = 0xcb;
  static constexpr uint8_t kUint8 = 0xcc;  // then those of 2, 4 and 8 bytes
  static constexpr uint8_t kUint64 = 0xcf;
  static constexpr uint8_t kText8 = 0xd9;  // the size has 1 byte, or 2
  static constexpr uint8_t kText16 = 0xda;

  uint8_t Byte() { return static_cast<uint8_t>(*at_++); }
  // The next `n`, the most significant first.
  uint64_t Bytes(int n) {
    uint64_t value = 0;
    for (int i = 0; i < n; ++i) value = value << 8 | Byte();
    return value;
  }
  uint64_t Unsigned(uint8_t type) {
    if (type <= kFixedIntMax) return type;
    Require(kUint8 <= type && type <= kUint64, "a field is no number");
    return Bytes(1 << (type - kUint8));
  }
  size_t TextSize(uint8_t type) {
    if ((type & 0xe0) == kFixedText) return type & 0x1f;
    Require(type == kText8 || type == kText16, "a field is no text");
    return Bytes(type == kText8 ? 1 : 2);
  }

  const char* at_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_TUPLE_FIELDS_H_
