// An open TransactionDB with the column families of the schema.

#ifndef ORDERSTORE_BENCH_PEERS_ROCKSDB_DATABASE_H_
#define ORDERSTORE_BENCH_PEERS_ROCKSDB_DATABASE_H_

#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <rocksdb/slice.h>
#include <rocksdb/status.h>
#include <rocksdb/utilities/transaction_db.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checks.h"

namespace orderstore::bench {

inline void Require(const rocksdb::Status& status) {
  if (!status.ok()) [[unlikely]] {
    Fail(status.ToString());
  }
}

inline rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
inline std::string_view Bytes(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// One or two ids, big-endian.
class IdKey {
 public:
  explicit IdKey(int32_t id) : size_(4) { Write(0, id); }
  IdKey(int32_t parent, int32_t id) : size_(8) {
    Write(0, parent);
    Write(4, id);
  }
  rocksdb::Slice slice() const { return {bytes_.data(), size_}; }

 private:
  void Write(size_t at, int32_t id) {
    for (size_t i = 0; i < 4; ++i) {
      bytes_[at + i] =
          static_cast<char>(static_cast<uint32_t>(id) >> (24 - 8 * i));
    }
  }

  std::array<char, 8> bytes_;
  size_t size_;
};

// The id at the end of a key or value.
inline int32_t LastId(const rocksdb::Slice& key) {
  uint32_t id = 0;
  for (size_t i = key.size() - 4; i < key.size(); ++i) {
    id = id << 8 | static_cast<uint8_t>(key[i]);
  }
  return static_cast<int32_t>(id);
}
inline int32_t FirstId(const rocksdb::Slice& key) {
  return LastId({key.data(), 4});
}

class RocksdbDatabase {
 public:
  using Family = rocksdb::ColumnFamilyHandle*;

  explicit RocksdbDatabase(const std::string& path);
  RocksdbDatabase(const RocksdbDatabase&) = delete;
  RocksdbDatabase& operator=(const RocksdbDatabase&) = delete;
  ~RocksdbDatabase();

  rocksdb::TransactionDB& db() { return *db_; }
  // To write files of the family.
  rocksdb::Options OptionsOf(Family family) const;
  // Of the block cache, the memtables, and what is pinned of the tables.
  int64_t MemoryBytes();

  Family customers() const { return families_[0]; }
  Family emails() const { return families_[1]; }
  Family orders() const { return families_[2]; }
  Family orders_of() const { return families_[3]; }
  Family barcodes() const { return families_[4]; }
  Family values() const { return families_[5]; }
  Family barcodes_of() const { return families_[6]; }

  // The ids that were given last.
  std::atomic<int32_t> last_customer = 0;
  std::atomic<int32_t> last_order = 0;
  std::atomic<int32_t> last_barcode = 0;

 private:
  int32_t LastKey(Family family);

  std::shared_ptr<rocksdb::Cache> cache_;
  rocksdb::Options options_;
  rocksdb::TransactionDB* db_ = nullptr;
  std::vector<Family> families_;
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_ROCKSDB_DATABASE_H_
