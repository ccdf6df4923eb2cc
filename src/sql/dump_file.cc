#include "sql/dump_file.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "sql/lexer.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

absl::Status ErrorAt(int64_t line, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

// What cannot change rows that the script holds, by its first word.
constexpr std::array<std::string_view, 14> kPassedOver = {
    "SET",    "RESET",   "CREATE", "ALTER", "DROP", "COMMENT", "GRANT",
    "REVOKE", "ANALYZE", "BEGIN",  "START", "END",  "COMMIT",  "SECURITY"};
// psql's own.
constexpr std::array<std::string_view, 4> kCommands = {
    "\\restrict", "\\unrestrict", "\\set", "\\connect"};

constexpr std::string_view kDumpBegin = "-- PostgreSQL database dump\n";
constexpr std::string_view kDumpEnd = "-- PostgreSQL database dump complete\n";

// `schema.table`, or `table`.
struct TableName {
  std::string schema;
  std::string name;
};

}  // namespace

class DumpParser {
 public:
  DumpParser(std::string_view text, const std::string& schema)
      : text_(text), schema_(schema) {}

  absl::StatusOr<DumpFile> Run() {
    while (at_ < text_.size()) {
      absl::StatusOr<bool> more = ParseStatement();
      if (!more.ok()) return more.status();
      if (!*more) break;
    }
    absl::Status status = CheckEnd();
    if (!status.ok()) return status;
    return std::move(file_);
  }

 private:
  using Kind = Token::Kind;

  // ---- Statements ----

  // False: there is none any more.
  absl::StatusOr<bool> ParseStatement() {
    if (PassOverCommand()) return true;
    Lexer lexer(text_.substr(at_), line_);
    tokens_.clear();
    for (;;) {
      absl::StatusOr<Token> token = lexer.Next();
      if (!token.ok()) return CutOff(token.status());
      if (token->kind == Kind::kEnd) {
        line_ = lexer.line();
        if (tokens_.empty()) return false;
        return ErrorAt(tokens_.front().line,
                       "the statement does not end; the script is cut off");
      }
      if (token->Is(';')) break;
      // A command may stand behind comments.
      if (tokens_.empty() && token->Is('\\')) {
        at_ += static_cast<size_t>(token->text.data() - text_.data()) - at_;
        line_ = token->line;
        if (PassOverCommand()) return true;
        return ErrorAt(token->line, "an unknown command of psql");
      }
      // Rows are looked at when they are read.
      if (tokens_.size() < kTokensMax) tokens_.push_back(*token);
    }
    at_ += lexer.position();
    line_ = lexer.line();
    if (tokens_.empty()) return true;
    absl::Status status = Take();
    if (!status.ok()) return status;
    return true;
  }

  bool PassOverCommand() {
    const std::string_view rest = text_.substr(at_);
    for (const std::string_view command : kCommands) {
      if (!rest.starts_with(command)) continue;
      EndLine();
      return true;
    }
    return false;
  }

  // Goes to the next line, and returns what was left of this one.
  std::string_view EndLine() {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view rest = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    if (end < text_.size()) ++line_;
    return rest;
  }

  static absl::Status CutOff(const absl::Status& status) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(status.message()), "; the script is cut off"));
  }

  const Token& At(size_t i) const {
    static constexpr Token kNone;
    return i < tokens_.size() ? tokens_[i] : kNone;
  }
  bool Begins(std::initializer_list<std::string_view> words) const {
    size_t i = 0;
    for (const std::string_view word : words) {
      if (!At(i++).Is(word)) return false;
    }
    return true;
  }

  absl::Status Take() {
    const Token& first = tokens_.front();
    if (first.Is("COPY")) return TakeCopy();
    if (first.Is("INSERT")) return TakeInsert();
    if (Begins({"CREATE", "TABLE"})) return TakeTable();
    if (Begins({"ALTER", "TABLE"})) TakePartition();
    if (first.Is("BEGIN") || first.Is("START")) in_transaction_ = true;
    if (first.Is("COMMIT") || first.Is("END")) in_transaction_ = false;
    const bool is_harmless =
        std::any_of(kPassedOver.begin(), kPassedOver.end(),
                    [&](std::string_view word) { return first.Is(word); }) ||
        IsSequenceOrSetting() || IsOfAnExport();
    if (is_harmless) return absl::OkStatus();
    return ErrorAt(first.line,
                   absl::StrCat("the statement ", std::string(first.text),
                                " is none that only holds rows or makes "
                                "tables; nothing can tell what it does"));
  }

  // SELECT pg_catalog.setval(...), pg_catalog.set_config(...).
  bool IsSequenceOrSetting() const {
    if (!At(0).Is("SELECT")) return false;
    const size_t name = At(2).Is('.') ? 3 : 1;
    return (At(name).Is("SETVAL") || At(name).Is("SET_CONFIG")) &&
           (name == 1 || At(1).Is("PG_CATALOG"));
  }

  // What proves that a script is whole, and counts tickets.
  bool IsOfAnExport() const {
    return (At(0).Is("DO") && At(1).text.starts_with("$orderstore$")) ||
           (Begins({"DELETE", "FROM", "PG_TEMP"})) ||
           (At(0).Is("DELETE") && At(1).Is("FROM") &&
            NameAt(2).name == "alembic_version") ||
           (At(0).Is("UPDATE") && NameAt(1).name == "customers" &&
            At(tokens_.size() > 4 && At(2).Is('.') ? 6 : 4).Is("TICKET_COUNT"));
  }

  // The name at a token, and how many tokens it takes.
  TableName NameAt(size_t i) const {
    if (!At(i + 1).Is('.')) return {"", NameOf(At(i))};
    return {NameOf(At(i)), NameOf(At(i + 2))};
  }
  size_t NameTokensAt(size_t i) const { return At(i + 1).Is('.') ? 3 : 1; }

  // None: it is no table of ours, nor a partition of one.
  std::optional<Table> TableOf(const TableName& name) {
    const auto whole = partitions_.find({name.schema, name.name});
    if (whole != partitions_.end()) return whole->second;
    for (const Table table : kTables) {
      if (name.name != NameOf(table)) continue;
      const std::string schema = name.schema.empty() ? "public" : name.schema;
      if (schema == schema_) {
        is_found_ = true;
        return table;
      }
      other_schemas_.insert(schema);
    }
    return std::nullopt;
  }

  static std::string_view NameOf(Table table) { return sql::NameOf(table); }
  static std::string NameOf(const Token& token) {
    return token.kind == Kind::kWord || token.kind == Kind::kName
               ? sql::NameOf(token)
               : "";
  }

  // ---- Tables ----

  // Remembers the columns, for INSERTs that do not name them.
  absl::Status TakeTable() {
    const std::optional<Table> table = TableOf(NameAt(2));
    if (!table) return absl::OkStatus();
    size_t i = 2 + NameTokensAt(2);
    if (!At(i).Is('(')) {
      return ErrorAt(tokens_.front().line, "the table's columns are not named");
    }
    std::vector<std::string> columns;
    bool begins = true;
    int depth = 0;
    for (; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (depth == 1 && begins && IsColumn(token)) {
        columns.push_back(NameOf(token));
      }
      depth += token.Is('(') ? 1 : token.Is(')') ? -1 : 0;
      begins = depth == 1 && (token.Is('(') || token.Is(','));
    }
    columns_[*table] = std::move(columns);
    return absl::OkStatus();
  }

  static bool IsColumn(const Token& token) {
    for (const std::string_view word :
         {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE",
          "LIKE"}) {
      if (token.Is(word)) return false;
    }
    return token.kind == Kind::kWord || token.kind == Kind::kName;
  }

  // ALTER TABLE ONLY orders ATTACH PARTITION orders_2026 FOR VALUES ...
  void TakePartition() {
    const size_t whole = At(2).Is("ONLY") ? 3 : 2;
    const size_t attach = whole + NameTokensAt(whole);
    if (!At(attach).Is("ATTACH")) return;
    const TableName part = NameAt(attach + 2);
    if (const std::optional<Table> table = TableOf(NameAt(whole))) {
      partitions_[{part.schema, part.name}] = *table;
    }
  }

  // The columns in parentheses from token i on, which is moved behind them;
  // without parentheses those of the table.
  absl::StatusOr<std::shared_ptr<const Layout>> LayoutAt(size_t& i,
                                                         Table table) {
    std::vector<std::string> columns;
    if (At(i).Is('(')) {
      for (++i; i < tokens_.size() && !At(i).Is(')'); ++i) {
        if (!At(i).Is(',')) columns.push_back(NameOf(At(i)));
      }
      ++i;
    } else if (const auto known = columns_.find(table);
               known != columns_.end()) {
      columns = known->second;
    } else {
      columns = absl::StrSplit(std::string(ColumnsOf(table)), ", ");
    }
    if (last_layout_ == nullptr || last_table_ != table ||
        columns != last_columns_) {
      absl::StatusOr<Layout> layout = LayoutOf(table, columns);
      if (!layout.ok()) {
        return ErrorAt(tokens_.front().line,
                       std::string(layout.status().message()));
      }
      last_layout_ = std::make_shared<const Layout>(*std::move(layout));
      last_table_ = table;
      last_columns_ = std::move(columns);
    }
    return last_layout_;
  }

  // ---- Rows ----

  // Lines up to `\.`, which at_ is moved behind.
  absl::StatusOr<std::string_view> TakeLines(int64_t copy_line) {
    const size_t begin = at_;
    while (at_ < text_.size()) {
      const size_t line_begin = at_;
      const bool has_end = text_.find('\n', at_) != text_.npos;
      std::string_view line = EndLine();
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line == "\\." && has_end) {
        return text_.substr(begin, line_begin - begin);
      }
    }
    return ErrorAt(copy_line,
                   "the rows of COPY do not end; the script is cut "
                   "off");
  }

  absl::Status TakeCopy() {
    const int64_t line = tokens_.front().line;
    const TableName name = NameAt(1);
    const std::optional<Table> table = TableOf(name);
    size_t i = 1 + NameTokensAt(1);
    std::shared_ptr<const Layout> layout;
    if (table) {
      absl::StatusOr<std::shared_ptr<const Layout>> found = LayoutAt(i, *table);
      if (!found.ok()) return found.status();
      layout = *std::move(found);
    } else {
      while (i < tokens_.size() && !At(i).Is("FROM")) ++i;
    }
    if (!At(i).Is("FROM") || !At(i + 1).Is("STDIN") ||
        i + 2 != tokens_.size()) {
      return ErrorAt(line,
                     "only COPY ... FROM stdin in text format has rows "
                     "that can be read");
    }
    EndLine();
    const int64_t first_line = line_;
    const absl::StatusOr<std::string_view> lines = TakeLines(line);
    if (!lines.ok()) return lines.status();
    if (table) {
      file_.sections_.push_back({.table = *table,
                                 .is_copy = true,
                                 .layout = std::move(layout),
                                 .line = first_line,
                                 .text = *lines});
    }
    return absl::OkStatus();
  }

  absl::Status TakeInsert() {
    const int64_t line = tokens_.front().line;
    if (!At(1).Is("INTO")) return ErrorAt(line, "INSERT without INTO");
    const std::optional<Table> table = TableOf(NameAt(2));
    // Of a table that an export fills from rows that it has.
    if (!table) return absl::OkStatus();
    size_t i = 2 + NameTokensAt(2);
    absl::StatusOr<std::shared_ptr<const Layout>> layout = LayoutAt(i, *table);
    if (!layout.ok()) return layout.status();
    if (At(i).Is("OVERRIDING")) i += 3;
    if (!At(i).Is("VALUES")) {
      return ErrorAt(line, "only INSERT ... VALUES has rows that can be read");
    }
    const char* const begin = At(i).text.data() + At(i).text.size();
    // Without the semicolon.
    const char* const end = text_.data() + at_ - 1;
    file_.sections_.push_back(
        {.table = *table,
         .is_copy = false,
         .layout = *std::move(layout),
         .line = At(i).line,
         .text = {begin, static_cast<size_t>(end - begin)}});
    return absl::OkStatus();
  }

  // ---- The end ----

  absl::Status CheckEnd() const {
    const bool is_pg_dump = text_.find(kDumpBegin) != text_.npos;
    if (in_transaction_ || (is_pg_dump && text_.find(kDumpEnd) == text_.npos)) {
      return ErrorAt(line_, "the script's end is missing; it is cut off");
    }
    if (is_found_) return absl::OkStatus();
    return absl::NotFoundError(
        absl::StrCat("there are no tables of the schema ", QuotedName(schema_),
                     other_schemas_.empty()
                         ? ""
                         : absl::StrCat("; there are of ",
                                        absl::StrJoin(other_schemas_, ", "))));
  }

  // Enough for all that stands before rows.
  static constexpr size_t kTokensMax = 4096;

  const std::string_view text_;
  const std::string& schema_;
  size_t at_ = 0;
  int64_t line_ = 1;

  std::vector<Token> tokens_;  // of the statement, from its first
  bool in_transaction_ = false;
  bool is_found_ = false;
  std::set<std::string> other_schemas_;
  std::map<Table, std::vector<std::string>> columns_;
  // By schema and name.
  std::map<std::pair<std::string, std::string>, Table> partitions_;
  // Of the statement before: most are alike.
  std::shared_ptr<const Layout> last_layout_;
  std::optional<Table> last_table_;
  std::vector<std::string> last_columns_;
  DumpFile file_;
};

absl::StatusOr<DumpFile> DumpFile::Parse(std::string_view text,
                                         const std::string& schema) {
  return DumpParser(text, schema).Run();
}

absl::Status DumpFile::ReadRows(Table table, const TakeRow& take) const {
  for (const Section& section : sections_) {
    if (section.table != table) continue;
    absl::Status status =
        section.is_copy ? ReadCopy(section, take) : ReadInsert(section, take);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status DumpFile::ReadCopy(const Section& section, const TakeRow& take) {
  CopyLine reader(*section.layout);
  int64_t line = section.line;
  std::string_view rest = section.text;
  for (; !rest.empty(); ++line) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    absl::Status status = take(reader.Read(line, text));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

namespace {

// Reads rows in parentheses.
class ValuesReader {
 public:
  ValuesReader(const Layout& layout, std::string_view text, int64_t line)
      : layout_(layout), text_(text), lexer_(text, line) {}

  // The next row, which lives until the next call; none: there is none.
  absl::StatusOr<std::optional<TextRow>> Next() {
    absl::StatusOr<Token> token = lexer_.Next();
    if (!token.ok()) return token.status();
    if (is_first_ ? false : token->Is(',')) {
      token = lexer_.Next();
      if (!token.ok()) return token.status();
    } else if (!is_first_) {
      // ON CONFLICT DO NOTHING changes nothing that was not refused anyway.
      if (token->kind == Token::Kind::kEnd || token->Is("ON")) {
        return std::optional<TextRow>();
      }
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

 private:
  // Reads a value, and what is behind it; false: that ends the row.
  absl::StatusOr<bool> ReadValue(size_t column, TextRow& row) {
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
      // DEFAULT, a function, or what nobody writes into a dump.
      row.is_broken = true;
    } else if (column < layout_.size() && layout_[column] &&
               !token->Is("NULL")) {
      std::string& kept = texts_[*layout_[column]];
      kept = text + *value;
      row.fields[*layout_[column]] = kept;
    }
    // A cast says nothing new.
    int depth = 0;
    for (;;) {
      token = lexer_.Next();
      if (!token.ok()) return token.status();
      if (token->kind == Token::Kind::kEnd) {
        return ErrorAt(token->line, "the row does not end");
      }
      if (depth == 0 && token->Is(',')) return true;
      if (depth == 0 && token->Is(')')) return false;
      depth += token->Is('(') ? 1 : token->Is(')') ? -1 : 0;
    }
  }

  static std::optional<std::string> ValueOf(const Token& token) {
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

  const Layout& layout_;
  const std::string_view text_;
  Lexer lexer_;
  bool is_first_ = true;
  std::array<std::string, kColumnsMax> texts_;
};

}  // namespace

absl::Status DumpFile::ReadInsert(const Section& section, const TakeRow& take) {
  ValuesReader reader(*section.layout, section.text, section.line);
  for (;;) {
    const absl::StatusOr<std::optional<TextRow>> row = reader.Next();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    absl::Status status = take(**row);
    if (!status.ok()) return status;
  }
}

}  // namespace orderstore::sql
