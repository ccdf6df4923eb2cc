// The body of a log record: what a transaction did, as images of the rows it
// changed, statement by statement. src/wal/FORMAT.md has the bytes.
//
//   Redo redo;                        RedoReader reader(body);
//   redo.InsertOrder(7, 3, times);    while (std::optional<RedoOp> op =
//   log.Append(lsn, redo.body());              reader.Next()) { ... }
//                                     if (!reader.done()) damaged();
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_TXN_REDO_H_
#define ORDERSTORE_TXN_REDO_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/coding.h"
#include "orderstore/records.h"

namespace orderstore::txn {

// One changed row. Which members count depends on the kind.
struct RedoOp {
  enum class Kind : uint8_t {
    kInsertCustomer = 1,  // id text name created_at updated_at
    kInsertOrder = 2,     // id parent created_at updated_at
    kInsertBarcode = 3,   // id text parent used created_at updated_at
    kUpdateCustomer = 4,  // id text name updated_at
    kUpdateOrder = 5,     // id parent updated_at
    kUpdateBarcode = 6,   // id text parent used updated_at
    kSetBarcode = 7,      // id parent used updated_at; the text stays
    kTouchCustomer = 8,   // id updated_at; the texts stay
    kDeleteCustomer = 9,  // id
    kDeleteOrder = 10,    // id
    kDeleteBarcode = 11,  // id
  };
  static constexpr uint8_t kKindMax = 11;

  Kind kind = Kind::kInsertCustomer;
  uint32_t id = 0;
  std::string_view text = {};  // email or barcode value
  std::string_view name = {};
  uint32_t parent = 0;  // customer of an order; order of a barcode, 0 if none
  bool used = false;
  int64_t created_at = 0;
  int64_t updated_at = 0;

  friend bool operator==(const RedoOp&, const RedoOp&) = default;

  // The numbers as what they are in the public headers.
  template <typename RowId>
  RowId Id() const {
    return RowId(static_cast<int32_t>(id));
  }
  CustomerId customer() const {
    return CustomerId(static_cast<int32_t>(parent));
  }
  std::optional<OrderId> order() const {
    if (parent == 0) return std::nullopt;
    return OrderId(static_cast<int32_t>(parent));
  }
  Timestamp created() const {
    return Timestamp(std::chrono::microseconds(created_at));
  }
  Timestamp updated() const {
    return Timestamp(std::chrono::microseconds(updated_at));
  }

  bool inserts() const { return kind <= Kind::kInsertBarcode; }
  bool deletes() const { return kind >= Kind::kDeleteCustomer; }
  bool has_text() const {
    return kind == Kind::kInsertCustomer || kind == Kind::kInsertBarcode ||
           kind == Kind::kUpdateCustomer || kind == Kind::kUpdateBarcode;
  }
  bool has_name() const {
    return kind == Kind::kInsertCustomer || kind == Kind::kUpdateCustomer;
  }
  bool has_used() const {
    return kind == Kind::kInsertBarcode || kind == Kind::kUpdateBarcode ||
           kind == Kind::kSetBarcode;
  }
  bool has_parent() const {
    return kind == Kind::kInsertOrder || kind == Kind::kInsertBarcode ||
           kind == Kind::kUpdateOrder || kind == Kind::kUpdateBarcode ||
           kind == Kind::kSetBarcode;
  }
};

class Redo {
 public:
  void Clear() {
    // What a large transaction took goes back.
    constexpr size_t kBytesKept = size_t{1} << 20;
    if (body_.capacity() > kBytesKept) body_ = std::string();
    body_.clear();
    base_.reset();
  }
  void Add(const RedoOp& op);

  // A point to come back to.
  size_t size() const { return body_.size(); }
  void ShrinkTo(size_t size) {
    body_.resize(size);
    // The first time goes with the first change.
    if (size == 0) base_.reset();
  }

  std::string_view body() const { return body_; }

 private:
  // Times are written as differences to the first one.
  void AppendTime(int64_t micros) {
    io::AppendSignedVarint(body_,
                           static_cast<int64_t>(static_cast<uint64_t>(micros) -
                                                static_cast<uint64_t>(*base_)));
  }

  std::string body_;
  std::optional<int64_t> base_;
};

class RedoReader {
 public:
  explicit RedoReader(std::string_view body);

  // The next change; none at the end and where the bytes are no change.
  std::optional<RedoOp> Next();
  // Whether the end was reached, all bytes made sense, and there was a change.
  bool done() const { return decoder_.done() && sound_ && changes_; }

 private:
  int64_t Time();
  uint32_t Number();

  io::Decoder decoder_;
  int64_t base_;
  bool sound_ = true;
  bool changes_ = false;
};

}  // namespace orderstore::txn

#endif  // ORDERSTORE_TXN_REDO_H_
