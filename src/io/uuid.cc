#include "io/uuid.h"

#include <cstring>
#include <random>

namespace orderstore::io {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
// Before these bytes a hyphen stands.
constexpr bool HyphenBefore(size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int DigitValue(char digit) {
  const char* found = std::strchr(kDigits, digit);
  return digit == '\0' || found == nullptr ? -1
                                           : static_cast<int>(found - kDigits);
}

}  // namespace

Uuid Uuid::Random() {
  std::random_device device;
  Uuid uuid;
  for (size_t i = 0; i < kBytes; i += 4) {
    const uint32_t bits = device();
    std::memcpy(&uuid.bytes[i], &bits, sizeof bits);
  }
  uuid.bytes[6] = static_cast<char>((uuid.bytes[6] & 0x0f) | 0x40);
  uuid.bytes[8] = static_cast<char>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

std::string Uuid::ToString() const {
  std::string text;
  for (size_t i = 0; i < kBytes; ++i) {
    if (HyphenBefore(i)) text += '-';
    const auto byte = static_cast<uint8_t>(bytes[i]);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  size_t at = 0;
  for (size_t i = 0; i < kBytes; ++i) {
    if (HyphenBefore(i) && text[at++] != '-') return std::nullopt;
    const int high = DigitValue(text[at++]);
    const int low = DigitValue(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid.bytes[i] = static_cast<char>(high << 4 | low);
  }
  return uuid;
}

}  // namespace orderstore::io
