// The rows of a block as columns, and those as the bytes of a cereal archive:
// the body of a block. See FORMAT.md, "Body".
//
//   Columns columns(TableKind::kBarcodes, rows_max, text_bytes_max);
//   columns.Add(id, word, created_at, updated_at);
//   columns.AddText(value, 0);
//   SaveColumns(columns, bytes);  // of columns.body_bytes()
//
// Thread-safety: one thread at a time; readers of one that no longer changes
// may be many.

#ifndef ORDERSTORE_SNAPSHOT_COLUMNS_H_
#define ORDERSTORE_SNAPSHOT_COLUMNS_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "snapshot/format.h"

namespace orderstore::snapshot {

// Room for elements that are not initialized. It only grows: what is filled
// again and again asks the system for memory once.
template <typename T>
class Room {
 public:
  // Room for so many; what is in it is lost.
  void Reserve(size_t size) {
    if (size <= size_) return;
    elements_ = std::make_unique_for_overwrite<T[]>(size);
    size_ = size;
  }
  T* get() const { return elements_.get(); }
  T& operator[](size_t i) const { return elements_[i]; }

 private:
  std::unique_ptr<T[]> elements_;
  size_t size_ = 0;
};

class Columns {
 public:
  // None yet: Reset is next.
  Columns() = default;
  Columns(TableKind table, size_t rows_max, size_t text_bytes_max) {
    Reset(table, rows_max, text_bytes_max);
  }

  // Columns of this table without rows, in the memory of those before. There
  // is room for so many rows and bytes of text, not touched before it is used.
  void Reset(TableKind table, size_t rows_max, size_t text_bytes_max) {
    table_ = table;
    Clear();
    ids_.Reserve(rows_max);
    words_.Reserve(has_words() ? rows_max : 0);
    created_at_.Reserve(rows_max);
    updated_at_.Reserve(rows_max);
    text_sizes_.Reserve(has_text() ? rows_max : 0);
    name_sizes_.Reserve(has_names() ? rows_max : 0);
    text_.Reserve(text_bytes_max);
  }

  TableKind table() const { return table_; }
  // Customers have no word, orders no text, customers alone have names.
  bool has_words() const { return table_ != TableKind::kCustomers; }
  bool has_text() const { return table_ != TableKind::kOrders; }
  bool has_names() const { return table_ == TableKind::kCustomers; }

  size_t rows() const { return rows_; }
  size_t text_bytes() const { return text_bytes_; }
  size_t body_bytes() const { return BodyBytes(table_, rows_, text_bytes_); }

  // ---- The columns; those that the table does not have are empty. ----
  std::span<const uint32_t> ids() const { return {ids_.get(), rows_}; }
  // As the rows of the tables have them: of an order the customer, of a barcode
  // the order (0: none), with the high bit if it is used.
  std::span<const uint32_t> words() const {
    return {words_.get(), has_words() ? rows_ : 0};
  }
  // Microseconds.
  std::span<const int64_t> created_at() const {
    return {created_at_.get(), rows_};
  }
  std::span<const int64_t> updated_at() const {
    return {updated_at_.get(), rows_};
  }
  // Bytes of emails or barcode values; of names.
  std::span<const uint16_t> text_sizes() const {
    return {text_sizes_.get(), has_text() ? rows_ : 0};
  }
  std::span<const uint16_t> name_sizes() const {
    return {name_sizes_.get(), has_names() ? rows_ : 0};
  }
  // Row after row: a customer's email and name, a barcode's value.
  std::string_view text() const { return {text_.get(), text_bytes_}; }

  // ---- Filling. Precondition: there is room. ----
  void Clear() { rows_ = text_bytes_ = 0; }
  // A row without text; AddText adds that before the next row.
  void Add(uint32_t id, uint32_t word, int64_t created_at, int64_t updated_at) {
    ids_[rows_] = id;
    if (has_words()) words_[rows_] = word;
    created_at_[rows_] = created_at;
    updated_at_[rows_] = updated_at;
    ++rows_;
  }
  // The text of the row added last, of which the end is a name.
  void AddText(std::string_view text, size_t name_bytes) {
    text_sizes_[rows_ - 1] = static_cast<uint16_t>(text.size() - name_bytes);
    if (has_names()) name_sizes_[rows_ - 1] = static_cast<uint16_t>(name_bytes);
    std::memcpy(&text_[text_bytes_], text.data(), text.size());
    text_bytes_ += text.size();
  }

  // What the archive of a block holds, in this order; `Archive` is one of
  // cereal's, which writes or reads the rows() and text_bytes() that are set.
  template <typename Archive, typename Binary>
  void Visit(Archive& archive, Binary binary) {
    archive(binary(ids_.get(), rows_ * sizeof ids_[0]));
    if (has_words()) archive(binary(words_.get(), rows_ * sizeof words_[0]));
    archive(binary(created_at_.get(), rows_ * sizeof created_at_[0]));
    archive(binary(updated_at_.get(), rows_ * sizeof updated_at_[0]));
    if (has_text()) {
      archive(binary(text_sizes_.get(), rows_ * sizeof text_sizes_[0]));
    }
    if (has_names()) {
      archive(binary(name_sizes_.get(), rows_ * sizeof name_sizes_[0]));
    }
    if (has_text()) archive(binary(text_.get(), text_bytes_));
  }

  // For reading: the rows and bytes of text that Visit fills. Precondition:
  // there is room.
  void SetSizes(size_t rows, size_t text_bytes) {
    rows_ = rows;
    text_bytes_ = text_bytes;
  }

 private:
  TableKind table_ = TableKind::kCustomers;
  size_t rows_ = 0;
  size_t text_bytes_ = 0;
  Room<uint32_t> ids_;
  Room<uint32_t> words_;
  Room<int64_t> created_at_;
  Room<int64_t> updated_at_;
  Room<uint16_t> text_sizes_;
  Room<uint16_t> name_sizes_;
  Room<char> text_;
};

// Writes the archive. False if `to` has another size than columns.body_bytes().
bool SaveColumns(const Columns& columns, std::span<char> to);

// Fills `columns`, whose sizes are set, from an archive. False if `body` is no
// archive of columns of these sizes.
bool LoadColumns(std::string_view body, Columns& columns);

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_SNAPSHOT_COLUMNS_H_
