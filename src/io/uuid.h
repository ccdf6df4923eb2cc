// A random UUID (RFC 4122, version 4): tells the files of one store from those
// of another.

#ifndef ORDERSTORE_IO_UUID_H_
#define ORDERSTORE_IO_UUID_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderstore::io {

struct Uuid {
  static constexpr size_t kBytes = 16;

  std::array<char, kBytes> bytes = {};

  static Uuid Random();
  // From 36 characters, as ToString writes them.
  static std::optional<Uuid> Parse(std::string_view text);
  std::string ToString() const;
  std::string_view view() const { return {bytes.data(), kBytes}; }

  friend bool operator==(const Uuid&, const Uuid&) = default;
};

}  // namespace orderstore::io

#endif  // ORDERSTORE_IO_UUID_H_
