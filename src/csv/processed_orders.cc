// The store is scanned in id order, the file is in another. So a first scan
// adds up how long each order's line becomes, which says where it begins, and a
// second one puts each barcode at its place. That takes a store to a file with
// one random access a barcode and scan, where going from customer to orders to
// barcodes takes several.

#include "csv/processed_orders.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <future>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "csv/buffer.h"
#include "csv/id_set.h"
#include "csv/text.h"
#include "orderstore/records.h"

namespace orderstore::csv {

namespace {

constexpr std::string_view kSeparator = ", ";

// The store is read so many rows at a time.
constexpr size_t kPageRows = 256;

// The line of an order, or of it what one part has, while it comes into being.
struct Line {
  uint64_t list_bytes = 0;  // of the barcodes, quotes doubled where needed;
                            // once placed: where the next barcode goes
  uint32_t barcodes = 0;
  bool is_quoted = false;
  bool is_at_begin =
      false;  // once placed: the next barcode is the list's first
};

// The barcodes that one thread takes: ids after the first, up to the last.
struct Part {
  const Reader* reader;
  BarcodeId after;
  BarcodeId last;
  std::vector<Line> lines;  // by the order id's rank
};

struct OrderKey {
  int32_t customer_id;
  int32_t order_id;
};

size_t DoubledBytes(std::string_view text) {
  return text.size() +
         static_cast<size_t>(std::count(text.begin(), text.end(), '"'));
}

char* Put(std::string_view text, char* to) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* PutDoubled(std::string_view text, char* to) {
  for (const char c : text) {
    if (c == '"') *to++ = c;
    *to++ = c;
  }
  return to;
}

char* PutNumber(int32_t number, char* to) {
  std::array<char, 10> digits;
  const char* const end =
      std::to_chars(digits.begin(), digits.end(), number).ptr;
  return Put({digits.data(), static_cast<size_t>(end - digits.data())}, to);
}

size_t DigitsOf(int32_t number) {
  size_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

class Layout {
 public:
  explicit Layout(std::span<const Reader* const> readers) {
    // Ids are dense after an import; where they are not, the parts are uneven.
    const int64_t barcodes = readers[0]->Counts().barcodes;
    const auto count = static_cast<int64_t>(readers.size());
    for (int64_t i = 0; i < count; ++i) {
      const auto id = [&](int64_t part) {
        return part == count
                   ? BarcodeId::Max()
                   : BarcodeId(static_cast<int32_t>(barcodes * part / count));
      };
      parts_.push_back({readers[static_cast<size_t>(i)], id(i), id(i + 1), {}});
    }
  }

  void AddOrders() {
    const Reader& reader = *parts_[0].reader;
    std::array<Order, kPageRows> page;
    std::vector<OrderKey> by_order;
    OrderId after;
    for (size_t rows = page.size(); rows == page.size();) {
      rows = reader.ReadOrders(after, page);
      for (const Order& order : std::span(page).first(rows)) {
        by_order.push_back({order.customer_id.value(), order.id.value()});
        order_ids_.Insert(order.id.value());
        after = order.id;
      }
    }
    order_ids_.NumberIds();
    SortByCustomer(by_order);
  }

  void AddUpLines() {
    ForEachPart([this](Part& part) {
      part.lines.resize(keys_.size());
      ForEachPage(part, [](std::span<const SoldBarcode> page) {
        for (const auto& [line, value] : page) {
          line->list_bytes += value.size();
          ++line->barcodes;
          if (NeedsQuotes(value)) {
            line->list_bytes += DoubledBytes(value) - value.size();
            line->is_quoted = true;
          }
        }
      });
    });
  }

  // Puts in place all but the barcodes. Returns the size of the whole.
  absl::StatusOr<size_t> PlaceLines(Buffer& text) {
    size_t bytes = 0;
    ForEachLine([&](const OrderKey& key, uint32_t rank) {
      bytes += BytesOf(key, WholeLine(rank));
    });
    if (absl::Status status = text.Reserve(bytes); !status.ok()) return status;
    char* to = text.data();
    ForEachLine([&](const OrderKey& key, uint32_t rank) {
      to = Place(key, rank, text.data(), to);
    });
    return bytes;
  }

  void PlaceBarcodes(Buffer& text) {
    ForEachPart([&](Part& part) {
      ForEachPage(part, [&text](std::span<const SoldBarcode> page) {
        for (const SoldBarcode& barcode : page) {
          __builtin_prefetch(text.data() + barcode.line->list_bytes, 1);
        }
        for (const auto& [line, value] : page) {
          char* const begin = text.data() + line->list_bytes;
          char* to = line->is_at_begin ? begin : Put(kSeparator, begin);
          line->is_at_begin = false;
          to = line->is_quoted ? PutDoubled(value, to) : Put(value, to);
          line->list_bytes += static_cast<uint64_t>(to - begin);
        }
      });
    });
  }

 private:
  struct SoldBarcode {
    Line* line;
    std::string_view value;
  };

  // Fills keys_ with `by_order`, customer after customer (counting sort).
  void SortByCustomer(const std::vector<OrderKey>& by_order) {
    IdSet customers;
    for (const OrderKey& key : by_order) customers.Insert(key.customer_id);
    customers.NumberIds();
    std::vector<size_t> ends(customers.size());
    for (const OrderKey& key : by_order)
      ++ends[customers.Rank(key.customer_id)];
    size_t begin = 0;
    for (size_t& end : ends) begin += std::exchange(end, begin);
    keys_.resize(by_order.size());
    for (const OrderKey& key : by_order) {
      keys_[ends[customers.Rank(key.customer_id)]++] = key;
    }
  }

  // Calls `fn` for all parts at once, if the system has the threads.
  template <typename Fn>
  void ForEachPart(const Fn& fn) {
    std::vector<std::future<void>> others;
    for (Part& part : std::span(parts_).subspan(1)) {
      others.push_back(std::async([&fn, &part] { fn(part); }));
    }
    fn(parts_[0]);
    for (std::future<void>& other : others) other.get();
  }

  // Calls `fn` for the barcodes of a part that are on an order, page by page.
  // The lines of a page are fetched all at once, so that their cache misses
  // overlap.
  template <typename Fn>
  void ForEachPage(Part& part, const Fn& fn) {
    std::array<Barcode, kPageRows> page;
    std::array<SoldBarcode, kPageRows> sold;
    BarcodeId after = part.after;
    for (size_t rows = page.size(); rows == page.size() && after < part.last;) {
      rows = part.reader->ReadBarcodes(after, page);
      size_t count = 0;
      for (const Barcode& barcode : std::span(page).first(rows)) {
        after = barcode.id;
        if (after > part.last) break;
        if (!barcode.order_id) continue;
        Line& line = part.lines[order_ids_.Rank(barcode.order_id->value())];
        __builtin_prefetch(&line, 1);
        sold[count++] = {&line, barcode.value};
      }
      fn(std::span<const SoldBarcode>(sold).first(count));
    }
  }

  // Calls `fn` for the orders that have barcodes, in the order of the file.
  template <typename Fn>
  void ForEachLine(const Fn& fn) {
    constexpr size_t kAhead = 16;
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (i + kAhead < keys_.size()) {
        const uint32_t ahead = order_ids_.Rank(keys_[i + kAhead].order_id);
        for (Part& part : parts_) __builtin_prefetch(&part.lines[ahead], 1);
      }
      const uint32_t rank = order_ids_.Rank(keys_[i].order_id);
      const bool has_barcodes = std::ranges::any_of(
          parts_,
          [rank](const Part& part) { return part.lines[rank].barcodes > 0; });
      if (has_barcodes) fn(keys_[i], rank);
    }
  }

  // The parts of a line added up: `list_bytes` includes the separators.
  Line WholeLine(uint32_t rank) const {
    Line whole;
    for (const Part& part : parts_) {
      const Line& line = part.lines[rank];
      whole.list_bytes += line.list_bytes;
      whole.barcodes += line.barcodes;
      whole.is_quoted = whole.is_quoted || line.is_quoted;
    }
    whole.list_bytes += kSeparator.size() * (whole.barcodes - 1);
    return whole;
  }

  static bool IsQuoted(const Line& whole) {
    return whole.is_quoted || whole.barcodes > 1;
  }

  static size_t BytesOf(const OrderKey& key, const Line& whole) {
    constexpr std::string_view kRest = ",,[]\n";
    return DigitsOf(key.customer_id) + DigitsOf(key.order_id) + kRest.size() +
           (IsQuoted(whole) ? 2 : 0) + whole.list_bytes;
  }

  char* Place(const OrderKey& key, uint32_t rank, const char* text, char* to) {
    const Line whole = WholeLine(rank);
    to = PutNumber(key.customer_id, to);
    *to++ = ',';
    to = PutNumber(key.order_id, to);
    to = Put(IsQuoted(whole) ? ",\"[" : ",[", to);
    auto next = static_cast<uint64_t>(to - text);
    bool is_at_begin = true;
    for (Part& part : parts_) {
      Line& line = part.lines[rank];
      if (line.barcodes == 0) continue;
      const size_t separators = line.barcodes - (is_at_begin ? 1 : 0);
      next +=
          std::exchange(line.list_bytes, next) + separators * kSeparator.size();
      line.is_quoted = whole.is_quoted;
      line.is_at_begin = std::exchange(is_at_begin, false);
    }
    return Put(IsQuoted(whole) ? "]\"\n" : "]\n", to + whole.list_bytes);
  }

  std::vector<Part> parts_;     // in id order
  std::vector<OrderKey> keys_;  // in the order of the file
  IdSet order_ids_;
};

}  // namespace

absl::Status WriteProcessedOrders(std::span<const Reader* const> readers,
                                  OutputFile& file) {
  for (const Reader* reader : readers) {
    if (reader->lsn() != readers[0]->lsn()) {
      return absl::FailedPreconditionError("readers of different commits");
    }
  }
  if (readers.empty()) return absl::FailedPreconditionError("no reader");
  file.Append("customer_id,order_id,barcode\n");
  Layout layout(readers);
  layout.AddOrders();
  layout.AddUpLines();
  Buffer text;
  const absl::StatusOr<size_t> bytes = layout.PlaceLines(text);
  if (!bytes.ok()) return bytes.status();
  layout.PlaceBarcodes(text);
  file.Append({text.data(), *bytes});
  return file.status();
}

}  // namespace orderstore::csv
