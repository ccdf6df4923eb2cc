#include "sql/values_reader.h"

namespace orderstore::sql {
namespace {

// The text of a literal. None: it is none.
std::optional<std::string> ValueOf(const Token& token) {
  switch (token.kind) {
    case Token::Kind::kText:
      return TextOf(token);
    case Token::Kind::kNumber:
      return std::string(token.text);
    case Token::Kind::kWord:
      if (token.Is("NULL") || token.Is("TRUE") || token.Is("FALSE")) {
        return NameOf(token);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

absl::StatusOr<std::optional<TextRow>> ValuesReader::Next() {
  absl::StatusOr<Token> token = lexer_.Next();
  if (!token.ok()) return token.status();
  if (!is_first_) {
    if (token->kind == Token::Kind::kEnd) return std::optional<TextRow>();
    if (token->Is("ON")) return PassOverConflict(token->line);
    if (!token->Is(',')) {
      return ErrorAt(token->line, "a comma should be between two rows");
    }
    token = lexer_.Next();
    if (!token.ok()) return token.status();
  }
  is_first_ = false;
  if (!token->Is('(')) {
    return ErrorAt(token->line, "a row in parentheses should be here");
  }
  const char* const begin = token->text.data();
  TextRow row{.line = token->line};
  size_t column = 0;
  for (;; ++column) {
    absl::StatusOr<bool> more = ReadValue(column, row);
    if (!more.ok()) return more.status();
    if (!*more) break;
  }
  row.is_broken |= column + 1 != layout_.size();
  const char* const end = text_.data() + lexer_.position();
  row.raw = {begin, static_cast<size_t>(end - begin)};
  return std::optional<TextRow>(row);
}

absl::StatusOr<std::optional<TextRow>> ValuesReader::PassOverConflict(
    int64_t line) {
  Token before;
  for (;;) {
    const absl::StatusOr<Token> token = lexer_.Next();
    if (!token.ok()) return token.status();
    if (token->kind == Token::Kind::kEnd) break;
    before = *token;
  }
  if (before.Is("NOTHING")) return std::optional<TextRow>();
  return ErrorAt(line, "ON CONFLICT may only do nothing");
}

absl::StatusOr<bool> ValuesReader::ReadValue(size_t column, TextRow& row) {
  absl::StatusOr<Token> token = lexer_.Next();
  if (!token.ok()) return token.status();
  std::string text;
  if (token->Is('-') || token->Is('+')) {
    if (token->Is('-')) text = "-";
    token = lexer_.Next();
    if (!token.ok()) return token.status();
  }
  const std::optional<std::string> value = ValueOf(*token);
  if (!value) {
    // DEFAULT, a function, or what nobody writes into a dump; of a column
    // that a store does not have it does not matter.
    row.is_broken |= IsKept(column);
  } else if (IsKept(column) && !token->Is("NULL")) {
    std::string& kept = texts_[*layout_[column]];
    kept = text + *value;
    row.fields[*layout_[column]] = kept;
  }
  return ReadCast(column, row);
}

absl::StatusOr<bool> ValuesReader::ReadCast(size_t column, TextRow& row) {
  // A cast says nothing new; anything else makes another value.
  int depth = 0;
  for (bool is_first = true;; is_first = false) {
    const absl::StatusOr<Token> token = lexer_.Next();
    if (!token.ok()) return token.status();
    if (token->kind == Token::Kind::kEnd) {
      return ErrorAt(token->line, "the row does not end");
    }
    if (depth == 0 && token->Is(',')) return true;
    if (depth == 0 && token->Is(')')) return false;
    const bool may_be_cast = token->Is(':') || token->Is('(') ||
                             token->Is(')') ||
                             token->kind == Token::Kind::kWord ||
                             token->kind == Token::Kind::kNumber;
    if (IsKept(column)) {
      row.is_broken |= is_first ? !token->Is(':') : !may_be_cast;
    }
    depth += token->Is('(') ? 1 : token->Is(')') ? -1 : 0;
  }
}

}  // namespace orderstore::sql
