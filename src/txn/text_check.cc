#include "txn/text_check.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "orderstore/records.h"

namespace orderstore::txn {
namespace {

struct Range {
  uint8_t first;
  uint8_t last;
};

// The size of the UTF-8 sequence at the start of `text`, or 0 if it is none.
size_t SequenceSize(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return 1;
  // The second byte's range shuts out overlong forms, surrogates and what is
  // above U+10FFFF (RFC 3629, section 4).
  size_t size = 0;
  Range second = {0x80, 0xbf};
  if (lead >= 0xc2 && lead <= 0xdf) {
    size = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size = 3;
    if (lead == 0xe0) second.first = 0xa0;
    if (lead == 0xed) second.last = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size = 4;
    if (lead == 0xf0) second.first = 0x90;
    if (lead == 0xf4) second.last = 0x8f;
  } else {
    return 0;
  }
  if (text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const Range range = i == 1 ? second : Range{0x80, 0xbf};
    if (byte < range.first || byte > range.last) return 0;
  }
  return size;
}

// Eight bytes at a time. A byte that is not ASCII has its high bit set; taking
// 1 from each byte sets that of a NUL, and of none but a NUL and what follows
// it.
bool IsShortAscii(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = 0x8080808080808080;
  if (text.size() > kTextCharactersMax) return false;
  uint64_t bits = 0;
  for (; text.size() >= sizeof bits; text.remove_prefix(sizeof bits)) {
    uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    bits |= word | (word - kOnes);
  }
  uint64_t rest = kOnes;
  std::memcpy(&rest, text.data(), text.size());
  bits |= rest | (rest - kOnes);
  return (bits & kHighBits) == 0;
}

absl::Status BadText(std::string_view column, std::string_view text,
                     std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      absl::string_view(column.data(), column.size()), " ", Quoted(text), " ",
      absl::string_view(why.data(), why.size())));
}

}  // namespace

absl::Status CheckText(std::string_view column, std::string_view text,
                       Empty empty) {
  if (text.empty()) {
    if (empty == Empty::kAllowed) return absl::OkStatus();
    return BadText(column, text, "is empty");
  }
  if (IsShortAscii(text)) return absl::OkStatus();
  int characters = 0;
  for (size_t at = 0; at < text.size(); ++characters) {
    if (text[at] == '\0') return BadText(column, text, "contains a NUL byte");
    const size_t size = SequenceSize(text.substr(at));
    if (size == 0) return BadText(column, text, "is not valid UTF-8");
    at += size;
  }
  if (characters > kTextCharactersMax) {
    return BadText(column, text, "has more than 255 characters");
  }
  return absl::OkStatus();
}

std::string Quoted(std::string_view text) {
  constexpr size_t kShownMax = 64;
  std::string quoted = "'";
  size_t at = 0;
  while (at < text.size() && at < kShownMax) {
    const size_t size = SequenceSize(text.substr(at));
    const auto first = static_cast<uint8_t>(text[at]);
    // Control characters are below U+0020, and U+007F to U+009F.
    const bool control = first < 0x20 || first == 0x7f ||
                         (size == 2 && first == 0xc2 &&
                          static_cast<uint8_t>(text[at + 1]) < 0xa0);
    if (size == 0 || control || first == '\\' || first == '\'') {
      const std::string_view bytes = text.substr(at, size == 0 ? 1 : size);
      absl::StrAppend(&quoted, absl::CHexEscape(absl::string_view(
                                   bytes.data(), bytes.size())));
    } else {
      quoted.append(text.substr(at, size));
    }
    at += size == 0 ? 1 : size;
  }
  quoted += at < text.size() ? "'..." : "'";
  return quoted;
}

}  // namespace orderstore::txn
