// Divides CSV text into records and fields, as RFC 4180 has them:
//
//   order_id , customer_id        names and fields, blanks around them trimmed
//   "1","2"                       quoted; blanks inside are trimmed as well
//   3,"a ""b"", c                 a doubled quote is one; a quoted field may
//   d"                            hold commas and line ends
//
// Lines end in LF or CRLF; the last one may end with the text. A UTF-8 byte
// order mark at the start is passed over. A line with nothing but blanks
// (spaces and tabs) is no record, but it is counted. A quote inside a field
// that does not begin with one stands for itself.
//
//   Scanner scanner(text, /*fields_max=*/2);
//   while (scanner.Next()) Use(scanner.line(), scanner.field(0));
//
// Broken quotes cost one line: when a quoted field never ends, or text follows
// its closing quote, the record is its first line alone, has_broken_quotes()
// says so, it has no fields, and the next line begins anew.
//
// Next is O(bytes of the record) amortized, also over text full of broken
// quotes. It allocates only to join doubled quotes.
//
// Lifetimes: fields point into `text` or, those with doubled quotes, into the
// scanner; take them out with ReleaseJoined to let them outlive it.

#ifndef ORDERSTORE_CSV_SCANNER_H_
#define ORDERSTORE_CSV_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace orderstore::csv {

class Scanner {
 public:
  // Keeps the first `fields_max` fields of each record; the others are counted
  // and passed over.
  Scanner(std::string_view text, size_t fields_max);
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  // Goes to the next record. False: there is none.
  bool Next();

  // Of the record. The line is the one that it begins on; the first is 1.
  int64_t line() const { return line_; }
  // Its text without the line end.
  std::string_view raw() const { return raw_; }
  bool has_broken_quotes() const { return has_broken_quotes_; }
  size_t field_count() const { return field_count_; }
  // i < field_count() and i < fields_max.
  std::string_view field(size_t i) const { return fields_[i]; }

  // Goes to the record that begins on `line`, at or after the current
  // position, at the cost of a search for line ends only. `line` must be one
  // that Next has found a record on in the same text. Then Next is that record.
  void SkipTo(int64_t line);

  // The texts behind fields with doubled quotes.
  std::deque<std::string> ReleaseJoined() { return std::move(joined_); }

 private:
  // Scans the record at cursor_. False: its quotes are broken.
  bool ScanRecord();
  // Scans the field whose opening quote is at `quote`; its first byte after is
  // the result, nullptr if the quotes are broken.
  const char* ScanQuoted(const char* quote);
  void Keep(const char* begin, const char* end);
  void TakeLineAlone();

  const char* const end_;
  std::vector<std::string_view> fields_;
  std::deque<std::string> joined_;

  const char* cursor_;
  int64_t next_line_ = 1;

  // Opening quotes from which the way through the text leads to a broken
  // record. No way is walked twice, so that quotes broken on every line do not
  // make the scan quadratic.
  absl::flat_hash_set<const char*> broken_quotes_;

  int64_t line_ = 0;
  std::string_view raw_;
  size_t field_count_ = 0;
  std::vector<const char*> opening_quotes_;
  bool has_broken_quotes_ = false;
};

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_SCANNER_H_
