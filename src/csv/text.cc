#include "csv/text.h"

#include <cstring>

#include "orderstore/records.h"

namespace orderstore::csv {

namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighBits = 0x8080808080808080;

// True if none of the eight bytes is NUL or outside ASCII.
bool IsPlain(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return ((word | (word - kOnes)) & kHighBits) == 0;
}

// True if each of the eight bytes is greater than a comma.
bool IsAboveComma(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return ((word - kOnes * (',' + 1)) & ~word & kHighBits) == 0;
}

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// The length in bytes of the UTF-8 character that `text` begins with; 0 if it
// begins with none (overlong forms, surrogates and values past U+10FFFF are
// none).
size_t CharacterBytes(std::string_view text) {
  const auto byte = [text](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i])
                           : static_cast<unsigned char>(0);
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4 || !IsContinuation(byte(1))) return 0;
  if (lead < 0xE0) return 2;
  if (!IsContinuation(byte(2))) return 0;
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead < 0xF0) return 3;
  if (!IsContinuation(byte(3))) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return 4;
}

bool IsColumnTextByCharacters(std::string_view text) {
  int characters = 0;
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    if (bytes == 0 || text[0] == '\0') return false;
    if (++characters > kTextCharactersMax) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

// True for C0 and C1 control characters and DEL.
bool IsControl(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead < 0x20 || lead == 0x7F;
  return lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

void AppendEscaped(std::string_view bytes, std::string& line) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    line += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
}

}  // namespace

bool IsColumnText(std::string_view text) {
  const size_t size = text.size();
  if (size > kTextCharactersMax) return IsColumnTextByCharacters(text);
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    if (!IsPlain(text.data() + i)) return IsColumnTextByCharacters(text);
  }
  if (size >= 8) {
    // The last eight bytes, some of them seen before.
    return IsPlain(text.data() + size - 8) || IsColumnTextByCharacters(text);
  }
  return IsColumnTextByCharacters(text);
}

std::optional<int32_t> ParseId(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t value = 0;
  for (const char c : text) {
    const unsigned digit = static_cast<unsigned>(c) - '0';
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
    if (value > INT32_MAX) return std::nullopt;
  }
  if (value == 0) return std::nullopt;
  return static_cast<int32_t>(value);
}

std::string Printable(std::string_view text, size_t bytes_max) {
  std::string line;
  while (!text.empty()) {
    if (line.size() >= bytes_max) {
      line += "...";
      break;
    }
    const size_t bytes = CharacterBytes(text);
    const std::string_view character = text.substr(0, bytes == 0 ? 1 : bytes);
    if (bytes == 0 || IsControl(character)) {
      AppendEscaped(character, line);
    } else {
      line += character;
    }
    text.remove_prefix(character.size());
  }
  return line;
}

bool NeedsQuotes(std::string_view text) {
  // Most text holds nothing up to the comma at all.
  if (text.size() >= 8) {
    bool is_above = IsAboveComma(text.data() + text.size() - 8);
    for (size_t i = 0; is_above && i + 8 < text.size(); i += 8) {
      is_above = IsAboveComma(text.data() + i);
    }
    if (is_above) return false;
  }
  for (const char c : text) {
    if (c == ',' || c == '"' || c == '\n' || c == '\r') return true;
  }
  return false;
}

void AppendField(std::string_view text, std::string& line) {
  if (!NeedsQuotes(text)) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

}  // namespace orderstore::csv
