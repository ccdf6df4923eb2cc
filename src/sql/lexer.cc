#include "sql/lexer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace orderstore::sql {
namespace {

bool BeginsWord(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsInWord(char c) { return BeginsWord(c) || IsDigit(c) || c == '$'; }

// The value of a digit, up to base 16; else 16.
int DigitOf(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

}  // namespace

bool Token::Is(std::string_view word) const {
  return kind == Kind::kWord &&
         absl::EqualsIgnoreCase({text.data(), text.size()},
                                {word.data(), word.size()});
}

absl::StatusOr<Token> Lexer::Next() {
  if (!PassOverSpace()) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line_, ": a comment does not end"));
  }
  if (at_ == text_.size()) return Token{.line = line_};
  const char c = text_[at_];
  if ((c == 'e' || c == 'E') && At(at_ + 1) == '\'') {
    return Take(Token::Kind::kText, EndOfQuoted(at_ + 1, '\'', true));
  }
  if (BeginsWord(c)) {
    size_t end = at_ + 1;
    while (IsInWord(At(end))) ++end;
    return Take(Token::Kind::kWord, end);
  }
  if (IsDigit(c) || (c == '.' && IsDigit(At(at_ + 1)))) {
    size_t end = at_ + 1;
    while (IsInWord(At(end)) || At(end) == '.' ||
           ((At(end) == '-' || At(end) == '+') &&
            (At(end - 1) == 'e' || At(end - 1) == 'E'))) {
      ++end;
    }
    return Take(Token::Kind::kNumber, end);
  }
  if (c == '\'') {
    return Take(Token::Kind::kText, EndOfQuoted(at_, '\'', false));
  }
  if (c == '"') return Take(Token::Kind::kName, EndOfQuoted(at_, '"', false));
  if (c == '$' && !IsDigit(At(at_ + 1))) {
    return Take(Token::Kind::kDollar, EndOfDollars(at_));
  }
  return Take(Token::Kind::kSymbol, at_ + 1);
}

bool Lexer::PassOverSpace() {
  while (at_ < text_.size()) {
    if (absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) {
      Advance(at_ + 1);
    } else if (text_[at_] == '-' && At(at_ + 1) == '-') {
      Advance(std::min(text_.find('\n', at_), text_.size()));
    } else if (text_[at_] == '/' && At(at_ + 1) == '*') {
      size_t end = at_ + 2;
      for (int depth = 1; depth > 0;) {
        end = text_.find_first_of("*/", end);
        if (end == text_.npos || end + 1 >= text_.size()) return false;
        const std::string_view two = text_.substr(end, 2);
        depth += two == "/*" ? 1 : two == "*/" ? -1 : 0;
        end += two == "/*" || two == "*/" ? 2 : 1;
      }
      Advance(end);
    } else {
      break;
    }
  }
  return true;
}

std::optional<size_t> Lexer::EndOfQuoted(size_t at, char quote,
                                         bool escapes) const {
  for (++at; at < text_.size(); ++at) {
    if (escapes && text_[at] == '\\') {
      ++at;
    } else if (text_[at] == quote) {
      if (At(at + 1) != quote) return at + 1;
      ++at;
    }
  }
  return std::nullopt;
}

std::optional<size_t> Lexer::EndOfDollars(size_t at) const {
  size_t tag_end = at + 1;
  while (IsInWord(At(tag_end)) && At(tag_end) != '$') ++tag_end;
  // A lone dollar.
  if (At(tag_end) != '$') return at + 1;
  const std::string_view tag = text_.substr(at, tag_end + 1 - at);
  const size_t end = text_.find(tag, tag_end + 1);
  if (end == text_.npos) return std::nullopt;
  return end + tag.size();
}

absl::StatusOr<Token> Lexer::Take(Token::Kind kind, std::optional<size_t> end) {
  if (!end) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line_, ": a quoted text does not end"));
  }
  const Token token = {kind, text_.substr(at_, *end - at_), line_};
  Advance(*end);
  return token;
}

void Lexer::Advance(size_t to) {
  const std::string_view passed = text_.substr(at_, to - at_);
  line_ += std::count(passed.begin(), passed.end(), '\n');
  at_ = to;
}

absl::Status ErrorAt(int64_t line, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

std::string NameOf(const Token& token) {
  if (token.kind == Token::Kind::kWord) {
    return absl::AsciiStrToLower({token.text.data(), token.text.size()});
  }
  std::string name;
  for (size_t i = 1; i + 1 < token.text.size(); ++i) {
    name += token.text[i];
    if (token.text[i] == '"') ++i;
  }
  return name;
}

std::optional<std::string> TextOf(const Token& token) {
  const bool escapes = token.text.front() != '\'';
  std::string_view inside = token.text.substr(escapes ? 2 : 1);
  inside.remove_suffix(1);
  std::string text;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\'') {
      ++i;
      text += '\'';
    } else if (escapes && inside[i] == '\\') {
      // Unicode escapes are of no server's making.
      if (i + 1 < inside.size() &&
          (inside[i + 1] == 'u' || inside[i + 1] == 'U')) {
        return std::nullopt;
      }
      i = AppendEscaped(inside, i + 1, text) - 1;
    } else {
      text += inside[i];
    }
  }
  return text;
}

size_t AppendEscaped(std::string_view text, size_t at, std::string& to) {
  if (at == text.size()) return at;
  const auto take_number = [&](int base, size_t digits_max) {
    int number = 0;
    const size_t end = std::min(text.size(), at + digits_max);
    while (at < end && DigitOf(text[at]) < base) {
      number = number * base + DigitOf(text[at++]);
    }
    to += static_cast<char>(number);
    return at;
  };
  const char c = text[at++];
  constexpr std::string_view kNames = "bfnrtv";
  constexpr std::string_view kValues = "\b\f\n\r\t\v";
  if (const size_t name = kNames.find(c); name != kNames.npos) {
    to += kValues[name];
  } else if (DigitOf(c) < 8) {
    --at;
    return take_number(8, 3);
  } else if (c == 'x' && at < text.size() && DigitOf(text[at]) < 16) {
    return take_number(16, 2);
  } else {
    to += c;
  }
  return at;
}

}  // namespace orderstore::sql
