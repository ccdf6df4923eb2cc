#include "csv/scanner.h"

#include <algorithm>
#include <cstring>

namespace orderstore::csv {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool EndsField(char c) { return c == ',' || c == '\n' || c == '"'; }

const char* Find(char c, const char* begin, const char* end) {
  if (begin == end) return nullptr;
  return static_cast<const char*>(
      std::memchr(begin, c, static_cast<size_t>(end - begin)));
}

bool IsAllBlank(const char* begin, const char* end) {
  return std::all_of(begin, end, IsBlank);
}

// Leaves out the CR of a CRLF, or of a CR at the end of the text.
const char* BeforeLineEnd(const char* begin, const char* line_end) {
  return line_end != begin && line_end[-1] == '\r' ? line_end - 1 : line_end;
}

std::string JoinDoubledQuotes(std::string_view text) {
  std::string joined;
  joined.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    joined += text[i];
    if (text[i] == '"') ++i;
  }
  return joined;
}

}  // namespace

Scanner::Scanner(std::string_view text, size_t fields_max)
    : end_(text.data() + text.size()),
      fields_(fields_max),
      cursor_(text.data()) {
  if (text.starts_with(kByteOrderMark)) cursor_ += kByteOrderMark.size();
}

bool Scanner::Next() {
  while (cursor_ != end_) {
    line_ = next_line_;
    field_count_ = 0;
    opening_quotes_.clear();
    has_broken_quotes_ = false;
    if (!ScanRecord()) TakeLineAlone();
    const bool is_empty_line =
        field_count_ == 1 && opening_quotes_.empty() &&
        IsAllBlank(raw_.data(), raw_.data() + raw_.size());
    if (!is_empty_line) return true;
  }
  return false;
}

bool Scanner::ScanRecord() {
  const char* const begin = cursor_;
  const char* field = begin;
  const char* at = begin;
  while (true) {
    while (at != end_ && !EndsField(*at)) ++at;
    if (at != end_ && *at == '"') {
      if (!IsAllBlank(field, at)) {
        ++at;  // a quote inside of an unquoted field
        continue;
      }
      at = ScanQuoted(at);
      if (at == nullptr) return false;
    } else {
      const bool is_last = at == end_ || *at == '\n';
      Keep(field, is_last ? BeforeLineEnd(field, at) : at);
    }
    if (at == end_ || *at == '\n') break;
    field = ++at;
  }
  const char* const record_end = BeforeLineEnd(begin, at);
  raw_ = {begin, static_cast<size_t>(record_end - begin)};
  cursor_ = at == end_ ? end_ : at + 1;
  ++next_line_;
  return true;
}

const char* Scanner::ScanQuoted(const char* quote) {
  if (broken_quotes_.contains(quote)) return nullptr;
  opening_quotes_.push_back(quote);
  const char* const begin = quote + 1;
  const char* closing = begin;
  bool has_doubled = false;
  while (true) {
    closing = Find('"', closing, end_);
    if (closing == nullptr) return nullptr;
    if (closing + 1 == end_ || closing[1] != '"') break;
    has_doubled = true;
    closing += 2;
  }
  const char* after = closing + 1;
  while (after != end_ && IsBlank(*after)) ++after;
  if (after != end_ && *after == '\r' &&
      (after + 1 == end_ || after[1] == '\n')) {
    ++after;
  }
  if (after != end_ && *after != ',' && *after != '\n') return nullptr;

  next_line_ += std::count(begin, closing, '\n');
  if (has_doubled && field_count_ < fields_.size()) {
    const std::string& text = joined_.emplace_back(
        JoinDoubledQuotes({begin, static_cast<size_t>(closing - begin)}));
    Keep(text.data(), text.data() + text.size());
  } else {
    Keep(begin, closing);
  }
  return after;
}

void Scanner::Keep(const char* begin, const char* end) {
  if (field_count_ < fields_.size()) {
    while (begin != end && IsBlank(*begin)) ++begin;
    while (begin != end && IsBlank(end[-1])) --end;
    fields_[field_count_] = {begin, static_cast<size_t>(end - begin)};
  }
  ++field_count_;
}

void Scanner::TakeLineAlone() {
  const char* line_end = Find('\n', cursor_, end_);
  if (line_end == nullptr) line_end = end_;
  const char* const record_end = BeforeLineEnd(cursor_, line_end);
  raw_ = {cursor_, static_cast<size_t>(record_end - cursor_)};
  cursor_ = line_end == end_ ? end_ : line_end + 1;
  next_line_ = line_ + 1;
  field_count_ = 0;
  has_broken_quotes_ = true;
  broken_quotes_.insert(opening_quotes_.begin(), opening_quotes_.end());
}

void Scanner::SkipTo(int64_t line) {
  while (next_line_ < line) {
    const char* const line_end = Find('\n', cursor_, end_);
    if (line_end == nullptr) return;
    cursor_ = line_end + 1;
    ++next_line_;
  }
}

}  // namespace orderstore::csv
