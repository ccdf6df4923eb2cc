#include "peers/rocksdb_database.h"

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/iterator.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

namespace orderstore::bench {
namespace {

constexpr size_t kCacheBytes = size_t{16} << 30;

rocksdb::Options MakeOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.data_block_index_type =
      rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  table.data_block_hash_table_util_ratio = 0.75;
  table.format_version = 5;

  rocksdb::Options options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.compression = rocksdb::kNoCompression;
  options.write_buffer_size = size_t{64} << 20;
  options.max_write_buffer_number = 4;
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.05;
  options.level_compaction_dynamic_level_bytes = true;
  options.max_open_files = -1;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

}  // namespace

RocksdbDatabase::RocksdbDatabase(const std::string& path)
    : cache_(rocksdb::NewLRUCache(kCacheBytes)), options_(MakeOptions(cache_)) {
  rocksdb::ColumnFamilyOptions children(options_);
  children.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(4));
  const rocksdb::ColumnFamilyOptions& rows = options_;
  const std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = {
      {rocksdb::kDefaultColumnFamilyName, rows},
      {"emails", rows},
      {"orders", rows},
      {"orders_of", children},
      {"barcodes", rows},
      {"values", rows},
      {"barcodes_of", children}};
  rocksdb::TransactionDBOptions transactions;
  transactions.transaction_lock_timeout = 60'000;
  Require(rocksdb::TransactionDB::Open(options_, transactions, path,
                                       descriptors, &families_, &db_));
  last_customer = LastKey(customers());
  last_order = LastKey(orders());
  last_barcode = LastKey(barcodes());
}

RocksdbDatabase::~RocksdbDatabase() {
  for (Family family : families_) db_->DestroyColumnFamilyHandle(family);
  Require(db_->Close());
  delete db_;
}

rocksdb::Options RocksdbDatabase::OptionsOf(Family family) const {
  rocksdb::ColumnFamilyDescriptor descriptor;
  Require(family->GetDescriptor(&descriptor));
  return rocksdb::Options(options_, descriptor.options);
}

int64_t RocksdbDatabase::MemoryBytes() {
  uint64_t bytes = cache_->GetUsage();
  for (Family family : families_) {
    for (const std::string& property :
         {rocksdb::DB::Properties::kSizeAllMemTables,
          rocksdb::DB::Properties::kEstimateTableReadersMem}) {
      uint64_t value = 0;
      if (db_->GetIntProperty(family, property, &value)) bytes += value;
    }
  }
  return static_cast<int64_t>(bytes);
}

int32_t RocksdbDatabase::LastKey(Family family) {
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, family));
  it->SeekToLast();
  Require(it->status());
  return it->Valid() ? LastId(it->key()) : 0;
}

}  // namespace orderstore::bench
