// The slots of the three tables: what a row looks like in memory.
//
// A slot's id and text never change while any reader may see it; a change of
// text takes a new slot. Sizes are chosen by cache line: a barcode with up to
// 22 bytes of text takes one, an order less than one, a customer with up to 56
// bytes of email and name one and a half.

#ifndef ORDERSTORE_TABLE_ROWS_H_
#define ORDERSTORE_TABLE_ROWS_H_

#include <cstdint>
#include <cstring>
#include <string_view>

#include "table/block_pool.h"
#include "table/version.h"

namespace orderstore::table {

// Text of `kBytes - 2` bytes in place, or longer text in a block.
template <size_t kBytes>
class InlineText {
 public:
  static constexpr size_t kInPlaceMax = kBytes - 2;

  static bool InPlace(size_t size) { return size <= kInPlaceMax; }

  // Precondition: called once, before a reader sees the slot.
  void Assign(std::string_view text, BlockPool& blocks) {
    size_ = static_cast<uint16_t>(text.size());
    char* to = text_;
    if (!InPlace(text.size())) {
      const uint32_t block = blocks.Allocate(BlockPool::ClassFor(text.size()));
      std::memcpy(text_, &block, sizeof block);
      to = blocks.As<char>(block);
    }
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
  }

  // Frees the block of long text. Precondition: no reader sees the slot.
  void Free(BlockPool& blocks) {
    if (!InPlace(size_)) {
      blocks.Free(block(), BlockPool::ClassFor(size_));
    }
  }

  std::string_view Get(const BlockPool& blocks) const {
    return {InPlace(size_) ? text_ : blocks.As<char>(block()), size_};
  }

  // Bytes in a block.
  size_t BlockBytes() const {
    return InPlace(size_) ? 0
                          : BlockPool::ClassBytes(BlockPool::ClassFor(size_));
  }

 private:
  uint32_t block() const {
    uint32_t number = 0;
    std::memcpy(&number, text_, sizeof number);
    return number;
  }

  uint16_t size_ = 0;
  char text_[kInPlaceMax];
};

// word: the ticket count.
struct CustomerRow : RowHeader {
  // Email and name, one after the other.
  uint16_t email_size = 0;
  InlineText<58> text;

  void Assign(std::string_view email, std::string_view name, BlockPool& blocks);
  std::string_view Email(const BlockPool& blocks) const {
    return text.Get(blocks).substr(0, email_size);
  }
  std::string_view Name(const BlockPool& blocks) const {
    return text.Get(blocks).substr(email_size);
  }
};
static_assert(sizeof(CustomerRow) == 96);

// word: the customer's id.
struct OrderRow : RowHeader {
  uint32_t position = 0;  // in the customer's list of orders; the writer's
};
static_assert(sizeof(OrderRow) == 40);

// word: the order's id, or 0; the high bit is set when the barcode is used.
struct BarcodeRow : RowHeader {
  uint32_t position = 0;  // in the order's list of barcodes; the writer's
  InlineText<24> text;

  static constexpr uint32_t kUsedBit = uint32_t{1} << 31;

  static constexpr uint32_t WordOf(uint32_t order, bool used) {
    return order | (used ? kUsedBit : 0);
  }
  static constexpr uint32_t OrderOf(uint32_t word) { return word & ~kUsedBit; }
  static constexpr bool IsUsed(uint32_t word) { return (word & kUsedBit) != 0; }
};
static_assert(sizeof(BarcodeRow) == 64);

inline void CustomerRow::Assign(std::string_view email, std::string_view name,
                                BlockPool& blocks) {
  // At most 2 * 255 characters of 4 bytes.
  char both[2 * 255 * 4];
  std::memcpy(both, email.data(), email.size());
  if (!name.empty()) std::memcpy(both + email.size(), name.data(), name.size());
  email_size = static_cast<uint16_t>(email.size());
  text.Assign({both, email.size() + name.size()}, blocks);
}

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_ROWS_H_
