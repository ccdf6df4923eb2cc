// Rows as the bytes that key-value peers keep under the row's id: numbers as
// the machine has them, then the texts.
//
//   customer  created_at, updated_at, size of the email (2 bytes), email, name
//   order     created_at, updated_at, customer_id
//   barcode   created_at, updated_at, order_id (0: none), is_used (1 byte),
//             value

#ifndef ORDERSTORE_BENCH_PEERS_ROW_CODING_H_
#define ORDERSTORE_BENCH_PEERS_ROW_CODING_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "orderstore/records.h"
#include "peers/peer.h"

namespace orderstore::bench {

// The bytes of one row at a time.
class RowBytes {
 public:
  std::string_view Customer(std::string_view email, std::string_view name,
                            int64_t now) {
    Begin(now, now);
    Append(static_cast<uint16_t>(email.size()));
    AppendText(email);
    AppendText(name);
    return Bytes();
  }
  std::string_view Order(CustomerId customer, int64_t now) {
    Begin(now, now);
    Append(customer.value());
    return Bytes();
  }
  std::string_view Barcode(std::string_view value, OrderId order, bool is_used,
                           int64_t created_at, int64_t updated_at) {
    Begin(created_at, updated_at);
    Append(order.value());
    Append(static_cast<uint8_t>(is_used));
    AppendText(value);
    return Bytes();
  }

 private:
  void Begin(int64_t created_at, int64_t updated_at) {
    size_ = 0;
    Append(created_at);
    Append(updated_at);
  }
  template <typename Number>
  void Append(Number number) {
    std::memcpy(bytes_.data() + size_, &number, sizeof(number));
    size_ += sizeof(number);
  }
  void AppendText(std::string_view text) {
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  std::string_view Bytes() const { return {bytes_.data(), size_}; }

  std::array<char, 32 + 2 * 4 * size_t{kTextCharactersMax}> bytes_;
  size_t size_ = 0;
};

// Takes numbers off the front of a row.
template <typename Number>
Number TakeNumber(std::string_view& bytes) {
  Number number;
  std::memcpy(&number, bytes.data(), sizeof(number));
  bytes.remove_prefix(sizeof(number));
  return number;
}
inline Timestamp TakeTime(std::string_view& bytes) {
  return FromMicroseconds(TakeNumber<int64_t>(bytes));
}

// Texts of the row point into `bytes`.
inline void DecodeRow(int32_t id, std::string_view bytes, Customer& row) {
  row.id = CustomerId(id);
  row.created_at = TakeTime(bytes);
  row.updated_at = TakeTime(bytes);
  const auto email_size = TakeNumber<uint16_t>(bytes);
  row.email = bytes.substr(0, email_size);
  row.name = bytes.substr(email_size);
}
inline void DecodeRow(int32_t id, std::string_view bytes, Order& row) {
  row.id = OrderId(id);
  row.created_at = TakeTime(bytes);
  row.updated_at = TakeTime(bytes);
  row.customer_id = CustomerId(TakeNumber<int32_t>(bytes));
}
inline void DecodeRow(int32_t id, std::string_view bytes, Barcode& row) {
  row.id = BarcodeId(id);
  row.created_at = TakeTime(bytes);
  row.updated_at = TakeTime(bytes);
  const OrderId order(TakeNumber<int32_t>(bytes));
  row.order_id = order.valid() ? std::optional(order) : std::nullopt;
  row.is_used = TakeNumber<uint8_t>(bytes) != 0;
  row.value = bytes;
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_ROW_CODING_H_
