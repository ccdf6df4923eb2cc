#include "shell/words.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"

namespace orderstore::shell {

namespace {

constexpr std::string_view kBlanks = " \t";

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         c == '-';
}

// C0 control characters and DEL. A tab is a blank and prints as one.
bool IsControl(unsigned char byte) {
  return (byte < 0x20 && byte != '\t') || byte == 0x7F;
}

// True where a C1 control character begins: terminals obey those too.
bool IsLongControl(std::string_view text) {
  if (text.size() < 2 || text[0] != '\xC2') return false;
  const auto byte = static_cast<unsigned char>(text[1]);
  return byte >= 0x80 && byte < 0xA0;
}

std::string_view TrimLeft(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

void AppendHex(unsigned char byte, std::string& line) {
  constexpr char kDigits[] = "0123456789abcdef";
  line += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(TrimLeft(text)) {}

  absl::StatusOr<std::vector<std::string>> Parse() {
    std::vector<std::string> words;
    while (!rest_.empty()) {
      std::string word;
      absl::Status status = rest_[0] == '"' ? TakeQuoted(word) : Take(word);
      if (!status.ok()) return status;
      words.push_back(std::move(word));
      rest_ = TrimLeft(rest_);
    }
    return words;
  }

 private:
  static absl::Status Wrong(const char* what) {
    return absl::InvalidArgumentError(what);
  }

  absl::Status Take(std::string& word) {
    const size_t size = std::min(rest_.find_first_of(kBlanks), rest_.size());
    word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    if (word.find_first_of("\"\\") == word.npos) return absl::OkStatus();
    return Wrong(
        "a word with quotes or backslashes stands in double quotes, as in "
        "\"a \\\" b\"");
  }

  absl::Status TakeQuoted(std::string& word) {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] != '\\') {
        word += rest_[0];
        rest_.remove_prefix(1);
      } else if (!TakeEscaped(word)) {
        return Wrong(
            "in double quotes a backslash is followed by \" \\ n r or xNN");
      }
    }
    if (rest_.empty()) return Wrong("a double quote is not closed");
    rest_.remove_prefix(1);
    if (rest_.empty() || IsBlank(rest_[0])) return absl::OkStatus();
    return Wrong("a blank is missing after a closing double quote");
  }

  bool TakeEscaped(std::string& word) {
    if (rest_.size() < 2) return false;
    const char c = rest_[1];
    size_t size = 2;
    if (c == '"' || c == '\\') {
      word += c;
    } else if (c == 'n') {
      word += '\n';
    } else if (c == 'r') {
      word += '\r';
    } else if (c == 'x' && rest_.size() >= 4) {
      const std::optional<int> high = HexDigit(rest_[2]);
      const std::optional<int> low = HexDigit(rest_[3]);
      if (!high || !low) return false;
      word += static_cast<char>(*high * 16 + *low);
      size = 4;
    } else {
      return false;
    }
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
};

// The word needs no quotes.
bool IsPlain(std::string_view word) {
  if (word.empty()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    const auto byte = static_cast<unsigned char>(word[i]);
    if (IsBlank(word[i]) || byte == '"' || byte == '\\' || IsControl(byte) ||
        IsLongControl(word.substr(i))) {
      return false;
    }
  }
  return true;
}

void AppendQuoted(std::string_view word, std::string& line) {
  line += '"';
  for (size_t i = 0; i < word.size(); ++i) {
    const auto byte = static_cast<unsigned char>(word[i]);
    if (byte == '"' || byte == '\\') {
      line += {'\\', word[i]};
    } else if (byte == '\n') {
      line += "\\n";
    } else if (byte == '\r') {
      line += "\\r";
    } else if (IsLongControl(word.substr(i))) {
      AppendHex(byte, line);
      AppendHex(static_cast<unsigned char>(word[++i]), line);
    } else if (IsControl(byte)) {
      AppendHex(byte, line);
    } else {
      line += word[i];
    }
  }
  line += '"';
}

}  // namespace

Line DivideLine(std::string_view text) {
  const std::string_view trimmed = TrimLeft(text);
  size_t size = 0;
  while (size < trimmed.size() && IsNameCharacter(trimmed[size])) ++size;
  const bool has_name =
      size > 0 && size < trimmed.size() && trimmed[size] == ':' &&
      (size + 1 == trimmed.size() || IsBlank(trimmed[size + 1]));
  if (!has_name) return {{}, trimmed};
  return {trimmed.substr(0, size), TrimLeft(trimmed.substr(size + 1))};
}

bool IsEmptyCommand(std::string_view command) {
  const std::string_view trimmed = TrimLeft(command);
  return trimmed.empty() || trimmed[0] == '#';
}

absl::StatusOr<std::vector<std::string>> ParseWords(std::string_view command) {
  return Parser(command).Parse();
}

void AppendWord(std::string_view word, std::string& line) {
  if (IsPlain(word)) {
    line += word;
  } else {
    AppendQuoted(word, line);
  }
}

std::string FirstWord(std::string_view word) {
  std::string line;
  if (word == "ok" || word == "committed" || word == "error" ||
      (!word.empty() && word.back() == ':')) {
    AppendQuoted(word, line);
  } else {
    AppendWord(word, line);
  }
  return line;
}

}  // namespace orderstore::shell
