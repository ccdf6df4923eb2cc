// Divides SQL as PostgreSQL writes and reads it into tokens.
//
//   Lexer lexer(script, /*line=*/1);
//   for (;;) {
//     absl::StatusOr<Token> token = lexer.Next();
//     if (!token.ok()) return token.status();  // cut off in the middle
//     if (token->kind == Token::Kind::kEnd) break;
//   }
//
// Source: PostgreSQL 15 documentation, 4.1 "Lexical Structure".
//
// Thread-safety: one thread at a time. Lifetimes: tokens point into the text.

#ifndef ORDERSTORE_SQL_LEXER_H_
#define ORDERSTORE_SQL_LEXER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace orderstore::sql {

struct Token {
  enum class Kind {
    kEnd,
    kWord,    // a key word, or a name without quotes
    kName,    // "in quotes"
    kText,    // 'a literal', or E'one with escapes'
    kDollar,  // $tag$a literal$tag$
    kNumber,
    kSymbol,  // one character
  };

  Kind kind = Kind::kEnd;
  std::string_view text = {};  // as it stands there
  int64_t line = 0;            // that it begins on

  bool Is(char symbol) const {
    return kind == Kind::kSymbol && text.front() == symbol;
  }
  // Whatever the case of its letters; `word` is in capitals.
  bool Is(std::string_view word) const;
};

class Lexer {
 public:
  Lexer(std::string_view text, int64_t line) : text_(text), line_(line) {}

  // Passes over space and comments. InvalidArgument: what begins here does not
  // end; the message names the line.
  absl::StatusOr<Token> Next();

  // Behind the last token.
  size_t position() const { return at_; }
  int64_t line() const { return line_; }

 private:
  // False: a comment does not end.
  bool PassOverSpace();
  char At(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  // The end of what begins at `at_`; none: it has none.
  std::optional<size_t> EndOfQuoted(size_t at, char quote, bool escapes) const;
  std::optional<size_t> EndOfDollars(size_t at) const;
  absl::StatusOr<Token> Take(Token::Kind kind, std::optional<size_t> end);
  void Advance(size_t to);

  std::string_view text_;
  size_t at_ = 0;
  int64_t line_;
};

// `line 7: WHAT`.
absl::Status ErrorAt(int64_t line, const std::string& what);

// The name that a kWord or kName stands for.
std::string NameOf(const Token& token);
// The text that a kText stands for. None: an escape that makes no sense.
std::optional<std::string> TextOf(const Token& token);

// Appends what an escape of COPY's text format or of E'' stands for, which
// begins behind the backslash at `at`; returns where it ends.
size_t AppendEscaped(std::string_view text, size_t at, std::string& to);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_LEXER_H_
