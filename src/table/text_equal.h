// Whether two texts are equal, compared inline: a call of memcmp, for the 13
// bytes of a barcode, costs several times what looking at them does.

#ifndef ORDERSTORE_TABLE_TEXT_EQUAL_H_
#define ORDERSTORE_TABLE_TEXT_EQUAL_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace orderstore::table {

inline bool TextEqual(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto differ = [&](size_t at) {
    uint64_t of_a;
    uint64_t of_b;
    std::memcpy(&of_a, a.data() + at, sizeof of_a);
    std::memcpy(&of_b, b.data() + at, sizeof of_b);
    return of_a != of_b;
  };
  if (a.size() >= 8) {
    // Eight bytes at a time, the last eight in any case.
    for (size_t at = 0; at + 8 < a.size(); at += 8) {
      if (differ(at)) return false;
    }
    return !differ(a.size() - 8);
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_TEXT_EQUAL_H_
