#include "snapshot/row_block.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "orderstore/records.h"
#include "table/digest.h"
#include "table/rows.h"

namespace orderstore::snapshot {

const char* RowBlock::Decode(const BlockHeader& header, std::string_view body) {
  columns_.Reset(header.table, header.rows, header.text_bytes());
  columns_.SetSizes(header.rows, header.text_bytes());
  const char* error = LoadColumns(body, columns_)
                          ? nullptr
                          : "the block's archive makes no sense";
  if (error == nullptr) error = CheckIds(header);
  if (error == nullptr) error = CheckTimes();
  if (error == nullptr) error = CheckWords();
  if (error == nullptr) error = CheckTexts();
  if (error != nullptr) columns_.Clear();
  return error;
}

const char* RowBlock::CheckIds(const BlockHeader& header) const {
  const std::span<const uint32_t> all = ids();
  // The header's are within 1..2^31-1, so those between them are.
  if (all.front() != header.first_id || all.back() != header.last_id ||
      std::adjacent_find(all.begin(), all.end(), std::greater_equal<>()) !=
          all.end()) {
    return "the block's ids are not as its header says";
  }
  return nullptr;
}

const char* RowBlock::CheckTimes() const {
  // The last timestamp is the largest number.
  static_assert(kTimestampMax.time_since_epoch().count() ==
                std::numeric_limits<int64_t>::max());
  for (const std::span<const int64_t> times : {created_at(), updated_at()}) {
    if (*std::min_element(times.begin(), times.end()) <
        kTimestampMin.time_since_epoch().count()) {
      return "a row's timestamp is out of range";
    }
  }
  return nullptr;
}

const char* RowBlock::CheckWords() const {
  if (table() != TableKind::kOrders) return nullptr;
  const auto is_no_id = [](uint32_t word) {
    return word == 0 || word >= table::BarcodeRow::kUsedBit;
  };
  return std::any_of(words().begin(), words().end(), is_no_id)
             ? "an order's customer is no id"
             : nullptr;
}

const char* RowBlock::CheckTexts() {
  if (!columns_.has_text()) return nullptr;
  text_begins_.Reserve(rows() + 1);
  const std::span<const uint16_t> sizes = columns_.text_sizes();
  const std::span<const uint16_t> names = columns_.name_sizes();
  bool good = true;
  uint32_t begin = 0;
  for (size_t i = 0; i < rows(); ++i) {
    text_begins_[i] = begin;
    const uint16_t name = names.empty() ? uint16_t{0} : names[i];
    good &= sizes[i] > 0 && sizes[i] <= kTextBytesMax && name <= kTextBytesMax;
    begin += uint32_t{sizes[i]} + name;
  }
  text_begins_[rows()] = begin;
  return good && begin == columns_.text_bytes()
             ? nullptr
             : "the sizes of the block's texts make no sense";
}

void RowBlock::AddDigest(Digests& to) const {
  uint64_t digest = 0;
  for (size_t i = 0; i < rows(); ++i) {
    const uint32_t word =
        columns_.has_names() ? columns_.text_sizes()[i] : columns_.words()[i];
    digest += table::RowHash(ids()[i],
                             columns_.has_text() ? text(i) : std::string_view(),
                             word, created_at()[i], updated_at()[i]);
  }
  switch (table()) {
    case TableKind::kCustomers:
      to.customers += digest;
      break;
    case TableKind::kOrders:
      to.orders += digest;
      break;
    case TableKind::kBarcodes:
      to.barcodes += digest;
      break;
  }
}

}  // namespace orderstore::snapshot
