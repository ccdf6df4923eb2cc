// Goes through a script for what DumpFile reads.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "sql/dump_file.h"
#include "sql/lexer.h"
#include "sql/text.h"

namespace orderstore::sql {
namespace {

// What cannot change rows that the script holds, by its first word.
constexpr std::array<std::string_view, 15> kPassedOver = {
    "SET",     "RESET", "CREATE", "ALTER",    "DROP",
    "COMMENT", "GRANT", "REVOKE", "ANALYZE",  "BEGIN",
    "START",   "END",   "COMMIT", "SECURITY", "REFRESH"};
// psql's own.
constexpr std::array<std::string_view, 5> kCommands = {
    "\\restrict", "\\unrestrict", "\\set", "\\if", "\\endif"};

// In comments; the end's begins like the begin's.
constexpr std::string_view kDumpBegin = "-- PostgreSQL database dump";
constexpr std::string_view kDumpEnd = "-- PostgreSQL database dump complete";

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
    int depth = 0;
    int blocks = 0;
    bool in_body = false;
    bool after_begin = false;
    for (;;) {
      absl::StatusOr<Token> token = lexer.Next();
      if (!token.ok()) return CutOff(token.status());
      if (tokens_.empty()) LookAtComments(token->text, lexer.position());
      if (token->kind == Kind::kEnd) {
        line_ = lexer.line();
        if (tokens_.empty()) return false;
        return ErrorAt(tokens_.front().line,
                       "the statement does not end; the script is cut off");
      }
      if (token->Is(';') && depth == 0 && !in_body) break;
      depth += token->Is('(') ? 1 : token->Is(')') ? -1 : 0;
      // CREATE FUNCTION ... BEGIN ATOMIC ...; END
      blocks += token->Is("CASE") ? 1 : token->Is("END") ? -1 : 0;
      if (token->Is("ATOMIC") && after_begin) {
        in_body = true;
        blocks = 1;
      }
      after_begin = token->Is("BEGIN");
      in_body = in_body && blocks > 0;
      // A command may stand behind comments.
      if (tokens_.empty() && token->Is('\\')) {
        at_ = static_cast<size_t>(token->text.data() - text_.data());
        line_ = token->line;
        if (PassOverCommand()) return true;
        return ErrorAt(token->line,
                       "this command of psql's cannot be followed; a script of "
                       "one database, as pg_dump writes it, has none");
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

  // What stands before the first token of a statement.
  void LookAtComments(std::string_view token, size_t behind_token) {
    const std::string_view comments =
        text_.substr(at_, behind_token - token.size());
    is_pg_dump_ |= comments.find(kDumpBegin) != comments.npos;
    is_whole_ |= comments.find(kDumpEnd) != comments.npos;
  }

  bool PassOverCommand() {
    const std::string_view rest = text_.substr(at_);
    const std::string_view word =
        rest.substr(0, std::min(rest.find_first_of(" \t\r\n"), rest.size()));
    // What psql would leave out would not be left out here.
    if (word == "\\if" && !rest.starts_with("\\if true\n")) return false;
    // Rows of two databases are not one's.
    const bool is_connect = word == "\\connect" && file_.sections_.empty();
    if (!is_connect && std::find(kCommands.begin(), kCommands.end(), word) ==
                           kCommands.end()) {
      return false;
    }
    EndLine();
    return true;
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
    if (const size_t name = NameOfNewTable(); name > 0) return TakeTable(name);
    if (Begins({"ALTER", "TABLE"})) TakePartition();
    if (first.Is("SET")) {
      absl::Status status = TakeSetting();
      if (!status.ok()) return status;
    }
    if (first.Is("BEGIN") || first.Is("START")) in_transaction_ = true;
    if (first.Is("COMMIT") || first.Is("END")) in_transaction_ = false;
    const bool is_harmless =
        (std::any_of(kPassedOver.begin(), kPassedOver.end(),
                     [&](std::string_view word) { return first.Is(word); }) &&
         !ChangesRowsThatCame()) ||
        IsSequenceOrSetting() || IsOfAnExport();
    if (is_harmless) return absl::OkStatus();
    return ErrorAt(
        first.line,
        absl::StrCat(
            "the statement",
            first.kind == Kind::kWord ? " " + NameOf(first).substr(0, 40) : "",
            " is none that only holds rows or makes "
            "tables; nothing can tell what it does"));
  }

  // Settings that say how the rest is to be read.
  absl::Status TakeSetting() {
    const std::string value =
        At(3).kind == Kind::kText ? TextOf(At(3)).value_or("") : NameOf(At(3));
    if (At(1).Is("SEARCH_PATH")) SetSearchPath(3);
    if (At(1).Is("CLIENT_ENCODING") && value != "UTF8" && value != "utf8" &&
        value != "SQL_ASCII") {
      return ErrorAt(At(0).line,
                     "the texts are not UTF-8; pg_dump makes them so with "
                     "--encoding=UTF8");
    }
    if (At(1).Is("STANDARD_CONFORMING_STRINGS") && value != "on") {
      return ErrorAt(At(0).line,
                     "only scripts with standard_conforming_strings can be "
                     "read");
    }
    return absl::OkStatus();
  }

  // SELECT pg_catalog.setval(...) or pg_catalog.set_config(...), and no more.
  bool IsSequenceOrSetting() {
    if (!At(0).Is("SELECT")) return false;
    const size_t name = At(2).Is('.') ? 3 : 1;
    if (name == 3 && !At(1).Is("PG_CATALOG")) return false;
    // The others fill large objects.
    constexpr std::array<std::string_view, 6> kCalls = {
        "SETVAL", "SET_CONFIG", "LO_CREATE", "LO_OPEN", "LOWRITE", "LO_CLOSE"};
    if (std::none_of(kCalls.begin(), kCalls.end(), [&](std::string_view call) {
          return At(name).Is(call);
        })) {
      return false;
    }
    int depth = 0;
    for (size_t i = name + 1; i < tokens_.size(); ++i) {
      depth += At(i).Is('(') ? 1 : At(i).Is(')') ? -1 : 0;
      if (depth == 0 && i + 1 < tokens_.size()) return false;
    }
    if (At(name + 2).text == "'search_path'") SetSearchPath(name + 4);
    return depth == 0;
  }

  // To the first schema of those at a token; none: names stay where they are.
  void SetSearchPath(size_t i) {
    const Token& token = At(i);
    std::string schema =
        token.kind == Kind::kText ? TextOf(token).value_or("") : NameOf(token);
    schema = schema.substr(0, schema.find(','));
    if (!schema.empty()) search_path_ = std::move(schema);
  }

  // DROP or ALTER of what rows came for, but for what only belongs to it.
  bool ChangesRowsThatCame() {
    const bool drops = At(0).Is("DROP");
    if (!drops && !At(0).Is("ALTER")) return false;
    if (At(1).Is("SCHEMA")) {
      const size_t name = At(2).Is("IF") ? 4 : 2;
      return !file_.sections_.empty() && NameOf(At(name)) == schema_;
    }
    if (drops && (At(1).Is("DATABASE") || At(1).Is("OWNED"))) {
      return !file_.sections_.empty();
    }
    if (!At(1).Is("TABLE")) return false;
    size_t i = At(2).Is("IF") ? 4 : 2;
    if (!drops) return AltersRowsThatCame(At(i).Is("ONLY") ? i + 1 : i);
    for (; i < tokens_.size(); i += NameTokensAt(i) + 1) {
      const std::optional<Table> table = TableOf(NameAt(i));
      if (table && file_.has(*table)) return true;
    }
    return false;
  }

  // ALTER TABLE, with the name at token i.
  bool AltersRowsThatCame(size_t i) {
    const std::optional<Table> table = TableOf(NameAt(i));
    if (!table || !file_.has(*table)) return false;
    int depth = 0;
    bool begins = true;  // one of its actions
    for (i += NameTokensAt(i); i < tokens_.size(); ++i) {
      if (begins && ActionChangesRows(i)) return true;
      depth += At(i).Is('(') ? 1 : At(i).Is(')') ? -1 : 0;
      begins = depth == 0 && At(i).Is(',');
    }
    return false;
  }

  // The action of ALTER TABLE that begins at token i.
  bool ActionChangesRows(size_t i) const {
    if (At(i).Is("SET")) return At(i + 1).Is("SCHEMA");
    if (At(i).Is("DROP")) return !At(i + 1).Is("CONSTRAINT");
    if (!At(i).Is("ALTER")) return At(i).Is("RENAME");
    const size_t action = At(i + 1).Is("COLUMN") ? i + 3 : i + 2;
    return At(action).Is("TYPE") ||
           (At(action).Is("SET") && At(action + 1).Is("DATA"));
  }

  // What proves that a script is whole, and counts tickets.
  bool IsOfAnExport() const {
    return (At(0).Is("DO") && At(1).text.starts_with("$orderstore$")) ||
           (Begins({"DELETE", "FROM", "PG_TEMP"})) ||
           (At(0).Is("DELETE") && At(1).Is("FROM") &&
            NameAt(2).name == "alembic_version") ||
           IsCountOfTickets();
  }

  // UPDATE customers c SET ticket_count = t.tickets FROM ...
  bool IsCountOfTickets() const {
    if (!At(0).Is("UPDATE") || NameAt(1).name != "customers") return false;
    const size_t set = 1 + NameTokensAt(1) + 1;
    return At(set).Is("SET") && At(set + 1).Is("TICKET_COUNT") &&
           At(set + 2).Is('=') && At(set + 4).Is('.') && At(set + 6).Is("FROM");
  }

  // The name at a token, and how many tokens it takes.
  TableName NameAt(size_t i) const {
    if (!At(i + 1).Is('.')) return {"", NameOf(At(i))};
    return {NameOf(At(i)), NameOf(At(i + 2))};
  }
  size_t NameTokensAt(size_t i) const { return At(i + 1).Is('.') ? 3 : 1; }

  // None: it is no table of ours, nor a partition of one.
  std::optional<Table> TableOf(const TableName& name) {
    const auto whole = partitions_.find(FullName(name));
    if (whole != partitions_.end()) return whole->second;
    for (const Table table : kTables) {
      if (name.name != NameOf(table)) continue;
      const std::string schema =
          name.schema.empty() ? search_path_ : name.schema;
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

  // Where the name stands of what a CREATE TABLE makes; 0: it is none.
  size_t NameOfNewTable() const {
    if (!At(0).Is("CREATE")) return 0;
    const size_t table = At(1).Is("UNLOGGED") ? 2 : 1;
    if (!At(table).Is("TABLE")) return 0;
    return At(table + 1).Is("IF") ? table + 4 : table + 1;
  }

  // Remembers the columns, for INSERTs that do not name them.
  absl::Status TakeTable(size_t name) {
    size_t i = name + NameTokensAt(name);
    const std::pair<std::string, std::string> full = FullName(NameAt(name));
    if (At(i).Is("PARTITION")) {
      TakePartition(NameAt(name), NameAt(i + 2));
      // Those of its whole.
      const auto whole = columns_.find(FullName(NameAt(i + 2)));
      if (whole != columns_.end()) columns_[full] = whole->second;
      return absl::OkStatus();
    }
    const std::optional<Table> table = TableOf(NameAt(name));
    if (!At(i).Is('(')) {
      if (!table) return absl::OkStatus();
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
      if (depth == 0) break;
      begins = depth == 1 && (token.Is('(') || token.Is(','));
    }
    columns_[full] = std::move(columns);
    return absl::OkStatus();
  }

  std::pair<std::string, std::string> FullName(const TableName& name) const {
    return {name.schema.empty() ? search_path_ : name.schema, name.name};
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
    TakePartition(NameAt(attach + 2), NameAt(whole));
  }
  void TakePartition(const TableName& part, const TableName& whole) {
    if (const std::optional<Table> table = TableOf(whole)) {
      partitions_[FullName(part)] = *table;
    }
  }

  // The columns in parentheses from token i on, which is moved behind them;
  // without parentheses those of the table.
  absl::StatusOr<std::shared_ptr<const Layout>> LayoutAt(
      size_t& i, Table table, const TableName& name) {
    std::vector<std::string> columns;
    if (At(i).Is('(')) {
      for (++i; i < tokens_.size() && !At(i).Is(')'); ++i) {
        if (!At(i).Is(',')) columns.push_back(NameOf(At(i)));
      }
      ++i;
    } else if (const auto known = columns_.find(FullName(name));
               known != columns_.end()) {
      columns = known->second;
    } else {
      return ErrorAt(tokens_.front().line,
                     "the rows' columns are not named, nor is there a CREATE "
                     "TABLE that does");
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
      absl::StatusOr<std::shared_ptr<const Layout>> found =
          LayoutAt(i, *table, name);
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
    absl::StatusOr<std::shared_ptr<const Layout>> layout =
        LayoutAt(i, *table, NameAt(2));
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
    if (in_transaction_ || (is_pg_dump_ && !is_whole_)) {
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
  bool is_pg_dump_ = false;
  bool is_whole_ = false;  // of pg_dump, as its last comment says
  bool is_found_ = false;
  // Where names without a schema belong.
  std::string search_path_ = "public";
  std::set<std::string> other_schemas_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>>
      columns_;
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
  if (text.starts_with("PGDMP") || text.starts_with("toc.dat")) {
    return absl::InvalidArgumentError(
        "this is an archive of pg_dump; `pg_restore -f - FILE` writes it as a "
        "script");
  }
  if (text.starts_with("\x1f\x8b")) {
    return absl::InvalidArgumentError(
        "this is compressed; `zcat FILE` writes it as a script");
  }
  return DumpParser(text, schema).Run();
}

}  // namespace orderstore::sql
