// Rows are first parted by hash, in file order, so that the hash table of one
// part fits into a core's cache; then each part is gone through once.

#include "csv/duplicates.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace orderstore::csv {

namespace {

// Tables of 8,192 rows take 128 KiB.
constexpr size_t kRowsInPart = 8192;
constexpr int kPartBitsMax = 16;

// A row within its part. Rows with equal barcodes have equal tags.
struct Entry {
  uint32_t tag;
  uint32_t row;
};

std::string_view TextOf(const BarcodeRow& row) { return row.barcode(); }
std::string_view TextOf(std::string_view text) { return text; }

template <typename Row>
uint64_t HashOf(const Row& row) {
  const std::string_view text = TextOf(row);
  // Not std::string_view: Debian's Abseil hashes its own faster.
  return absl::HashOf(absl::string_view(text.data(), text.size()));
}

// The entries of all rows, part by part; within a part in row order.
class Parts {
 public:
  template <typename Row>
  explicit Parts(std::span<Row> rows)
      : bits_(std::clamp(
            static_cast<int>(std::bit_width(rows.size() / kRowsInPart)), 1,
            kPartBitsMax)),
        ends_(size_t{1} << bits_),
        entries_(rows.size()) {
    std::vector<uint64_t> hashes(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      hashes[i] = HashOf(rows[i]);
      ++ends_[PartOf(hashes[i])];
    }
    size_t begin = 0;
    for (size_t& end : ends_) begin += std::exchange(end, begin);
    for (size_t i = 0; i < rows.size(); ++i) {
      entries_[ends_[PartOf(hashes[i])]++] = {static_cast<uint32_t>(hashes[i]),
                                              static_cast<uint32_t>(i)};
    }
  }

  size_t count() const { return ends_.size(); }
  std::span<const Entry> operator[](size_t part) const {
    const size_t begin = part == 0 ? 0 : ends_[part - 1];
    return {entries_.data() + begin, ends_[part] - begin};
  }

 private:
  size_t PartOf(uint64_t hash) const { return hash >> (64 - bits_); }

  const int bits_;
  std::vector<size_t> ends_;
  std::vector<Entry> entries_;
};

// An open-addressing table of the rows of one part, one for each text.
template <typename Row>
class Table {
 public:
  explicit Table(std::span<Row> rows) : rows_(rows) {}

  // Goes through the part; `decide(kept, row)` is called for each row whose
  // text an earlier one, `kept`, has, and returns which of them stays.
  template <typename Fn>
  void TakePart(std::span<const Entry> part, const Fn& decide) {
    slots_.assign(std::bit_ceil(part.size() * 2 + 1), Entry{0, kNone});
    for (const Entry& entry : part) {
      Entry& slot = Find(entry);
      slot = {entry.tag,
              slot.row == kNone ? entry.row : decide(slot.row, entry.row)};
    }
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The slot of the text, or an empty one.
  Entry& Find(const Entry& entry) {
    const size_t mask = slots_.size() - 1;
    size_t i = entry.tag & mask;
    while (slots_[i].row != kNone &&
           (slots_[i].tag != entry.tag ||
            TextOf(rows_[slots_[i].row]) != TextOf(rows_[entry.row]))) {
      i = (i + 1) & mask;
    }
    return slots_[i];
  }

  const std::span<Row> rows_;
  std::vector<Entry> slots_;
};

template <typename Row, typename Fn>
void ForEachRepetition(std::span<Row> rows, const Fn& decide) {
  const Parts parts(rows);
  Table<Row> table(rows);
  for (size_t i = 0; i < parts.count(); ++i) table.TakePart(parts[i], decide);
}

}  // namespace

void MarkDuplicates(Duplicates policy, const IdSet& orders,
                    std::span<BarcodeRow> rows) {
  const auto is_sold = [&](uint32_t row) {
    return orders.Contains(rows[row].order_id);
  };
  const auto reject = [&](uint32_t row) {
    rows[row].reason = Reason::kDuplicateBarcode;
  };
  ForEachRepetition(rows, [&](uint32_t kept, uint32_t row) {
    if (policy == Duplicates::kPreferSold && !is_sold(kept) && is_sold(row)) {
      reject(kept);
      return row;
    }
    if (policy == Duplicates::kDropAll) reject(kept);
    reject(row);
    return kept;
  });
}

std::vector<bool> FindRepeated(std::span<const std::string_view> texts) {
  std::vector<bool> is_repeated(texts.size());
  ForEachRepetition(texts, [&](uint32_t kept, uint32_t row) {
    is_repeated[kept] = true;
    is_repeated[row] = true;
    return kept;
  });
  return is_repeated;
}

void MarkUnknownOrders(const IdSet& orders, std::span<BarcodeRow> rows) {
  for (BarcodeRow& row : rows) {
    if (!row.reason && row.order_id != 0 && !orders.Contains(row.order_id)) {
      row.reason = Reason::kUnknownOrder;
    }
  }
}

}  // namespace orderstore::csv
