// Numbers and texts as bytes: fixed-width little-endian, and varints of seven
// bits a byte, least significant first, the high bit set in all but the last
// (as in protocol buffers: https://protobuf.dev/programming-guides/encoding/).

#ifndef ORDERSTORE_IO_CODING_H_
#define ORDERSTORE_IO_CODING_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace orderstore::io {

static_assert(std::endian::native == std::endian::little,
              "files are little-endian, and read and written as they lie");

// ---- Into memory that is there. ----
template <typename Number>
void PutFixed(char* to, Number value) {
  std::memcpy(to, &value, sizeof value);
}
template <typename Number>
Number GetFixed(const char* from) {
  Number value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

// ---- To the end of a string. ----
template <typename Number>
void AppendFixed(std::string& to, Number value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline void AppendVarint(std::string& to, uint64_t value) {
  char bytes[10];
  size_t size = 0;
  for (; value >= 0x80; value >>= 7) {
    bytes[size++] = static_cast<char>(value | 0x80);
  }
  bytes[size++] = static_cast<char>(value);
  to.append(bytes, size);
}
// Small for numbers near zero, of either sign.
inline void AppendSignedVarint(std::string& to, int64_t value) {
  AppendVarint(to, (static_cast<uint64_t>(value) << 1) ^
                       static_cast<uint64_t>(value >> 63));
}
inline void AppendText(std::string& to, std::string_view text) {
  AppendVarint(to, text.size());
  to.append(text);
}

inline bool AllZeros(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 &&
          std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// Takes values off the front of some bytes. Once one is not there whole, or not
// as the functions above write it, ok() is false and all further values are
// zero or empty.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  // Whether all bytes were used.
  bool done() const { return ok_ && rest_.empty(); }
  std::string_view rest() const { return rest_; }

  template <typename Number>
  Number Fixed() {
    const std::string_view bytes = Bytes(sizeof(Number));
    return ok_ ? GetFixed<Number>(bytes.data()) : Number();
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(Fixed<char>());
      if (!ok_) return 0;
      // The tenth byte has room for one bit, and a last one of zero would be
      // a longer form of the same number.
      if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0)) break;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    Fail();
    return 0;
  }
  int64_t SignedVarint() {
    const uint64_t value = Varint();
    return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  std::string_view Text() { return Bytes(Varint()); }
  std::string_view Bytes(uint64_t size) {
    if (size > rest_.size()) Fail();
    if (!ok_) return {};
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

 private:
  void Fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_CODING_H_
