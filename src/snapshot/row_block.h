// The rows of one block of a snapshot, as they were read: some thousand rows of
// one table, in the order of their ids. A block may be read after another into
// the same RowBlock, which spares the system's work for new memory.
//
//   for (size_t i = 0; i < block.rows(); ++i) {
//     use(block.ids()[i], block.email(i), block.name(i),
//         block.created_at()[i], block.updated_at()[i]);
//   }
//
// What holds: ids ascend, within 1..2^31-1; times are in the range of
// timestamps; an order has a customer's id; sizes of texts are within what 255
// characters take, and emails and values are not empty. What does not need to:
// that text is UTF-8, that keys are unique, that parents exist.
//
// Thread-safety: const methods may be called from any thread.
// Lifetimes: spans and texts live as long as the block.

#ifndef ORDERSTORE_SNAPSHOT_ROW_BLOCK_H_
#define ORDERSTORE_SNAPSHOT_ROW_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "orderstore/records.h"
#include "snapshot/columns.h"
#include "snapshot/format.h"

namespace orderstore::snapshot {

class RowBlock {
 public:
  // Becomes the block with this header and body, in the memory of the block
  // before. Returns what is wrong if the body is not one as above, and then has
  // no rows; null if nothing is.
  const char* Decode(const BlockHeader& header, std::string_view body);

  TableKind table() const { return columns_.table(); }
  size_t rows() const { return columns_.rows(); }

  std::span<const uint32_t> ids() const { return columns_.ids(); }
  // As in table/rows.h: of an order the customer; of a barcode the order and
  // the used bit. Empty for customers.
  std::span<const uint32_t> words() const { return columns_.words(); }
  // Microseconds since 1970.
  std::span<const int64_t> created_at() const { return columns_.created_at(); }
  std::span<const int64_t> updated_at() const { return columns_.updated_at(); }

  // ---- Of customers. ----
  std::string_view email(size_t row) const {
    return {text(row).data(), columns_.text_sizes()[row]};
  }
  std::string_view name(size_t row) const {
    return text(row).substr(columns_.text_sizes()[row]);
  }
  // ---- Of barcodes. ----
  std::string_view value(size_t row) const { return text(row); }

  // All of a row's text.
  std::string_view text(size_t row) const {
    return columns_.text().substr(text_begins_[row],
                                  text_begins_[row + 1] - text_begins_[row]);
  }

  // Adds the part that the rows have in the digest of their table
  // (table/digest.h).
  void AddDigest(Digests& to) const;

 private:
  // What is wrong with the columns; null if nothing is.
  const char* CheckIds(const BlockHeader& header) const;
  const char* CheckTimes() const;
  const char* CheckWords() const;
  // Fills text_begins_.
  const char* CheckTexts();

  Columns columns_;
  // Of each row, and the end of the last; unused if there is no text.
  Room<uint32_t> text_begins_;
};

}  // namespace orderstore::snapshot

#endif  // ORDERSTORE_SNAPSHOT_ROW_BLOCK_H_
