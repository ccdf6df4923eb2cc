#include "peers/rocksdb_peer.h"

#include <rocksdb/iterator.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/utilities/backup_engine.h>
#include <rocksdb/utilities/transaction.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "checks.h"
#include "peers/rocksdb_database.h"
#include "peers/row_coding.h"
#include "peers/sorted_rows.h"
#include "peers/ticket_tally.h"

namespace orderstore::bench {
namespace {

using Family = RocksdbDatabase::Family;
using rocksdb::PinnableSlice;
using rocksdb::Slice;

constexpr size_t kBatchMax = 32;

// ---- Reading ---------------------------------------------------------------

class RocksdbReader : public PeerReader {
 public:
  explicit RocksdbReader(RocksdbDatabase& database)
      : database_(database), db_(database.db()) {
    // Of one parent; and of all, in order.
    children_.prefix_same_as_start = true;
    everything_.total_order_seek = true;
    everything_.readahead_size = size_t{1} << 20;
    orders_of_.reset(db_.NewIterator(children_, database_.orders_of()));
    barcodes_of_.reset(db_.NewIterator(children_, database_.barcodes_of()));
  }

  void BeginRead() override { options_.snapshot = db_.GetSnapshot(); }
  void EndRead() override {
    db_.ReleaseSnapshot(options_.snapshot);
    options_.snapshot = nullptr;
  }

  std::optional<Customer> FindCustomer(CustomerId id) override {
    return FindById<Customer>(database_.customers(), id.value());
  }
  std::optional<Customer> FindCustomerByEmail(std::string_view email) override {
    return FindByText<Customer>(database_.emails(), database_.customers(),
                                email);
  }
  std::optional<Order> FindOrder(OrderId id) override {
    return FindById<Order>(database_.orders(), id.value());
  }
  std::optional<Barcode> FindBarcodeByValue(std::string_view value) override {
    return FindByText<Barcode>(database_.values(), database_.barcodes(), value);
  }
  void FindCustomers(std::span<const CustomerId> ids,
                     std::span<std::optional<Customer>> rows) override {
    FindAll(database_.customers(), ids, rows);
  }
  void FindOrders(std::span<const OrderId> ids,
                  std::span<std::optional<Order>> rows) override {
    FindAll(database_.orders(), ids, rows);
  }
  void FindCustomersByEmail(std::span<const std::string_view> emails,
                            std::span<std::optional<Customer>> rows) override {
    FindAll(database_.emails(), database_.customers(), emails, rows);
  }
  void FindBarcodesByValue(std::span<const std::string_view> values,
                           std::span<std::optional<Barcode>> rows) override {
    FindAll(database_.values(), database_.barcodes(), values, rows);
  }

  std::vector<Order> OrdersOf(CustomerId id) override {
    FindChildren(orders_of_.get(), database_.orders(), id.value());
    return Rows<Order>([](const Order&) { return true; });
  }
  std::vector<Barcode> UnusedBarcodesOf(OrderId id) override {
    FindChildren(barcodes_of_.get(), database_.barcodes(), id.value());
    return Rows<Barcode>([](const Barcode& row) { return !row.is_used; });
  }

  // Two iterators side by side, as both families are sorted by order.
  std::vector<CustomerTickets> TopCustomers(size_t k) override {
    const auto [orders, barcodes] =
        ScanTogether(database_.orders(), database_.barcodes_of());
    TicketTally tally;
    Order order;
    for (barcodes->SeekToFirst(); barcodes->Valid(); barcodes->Next()) {
      const int32_t order_id = FirstId(barcodes->key());
      if (order_id == 0) continue;
      while (order.id.value() < order_id) {
        if (order.id.valid()) {
          orders->Next();
        } else {
          orders->SeekToFirst();
        }
        Require(orders->Valid(), "a barcode refers to no order");
        DecodeRow(LastId(orders->key()), Bytes(orders->value()), order);
      }
      tally.Add(order.customer_id, 1);
    }
    Require(barcodes->status());
    return tally.Top(k);
  }
  int64_t CountUnassigned() override {
    const std::unique_ptr<rocksdb::Iterator> it(
        db_.NewIterator(children_, database_.barcodes_of()));
    int64_t count = 0;
    for (it->Seek(IdKey(0).slice()); it->Valid(); it->Next()) ++count;
    Require(it->status());
    return count;
  }
  EveryRow ReadEveryRow() override {
    EveryRow rows;
    const auto add = [&](const auto& row) { rows.Add(row); };
    ForEach<Customer>(database_.customers(), add);
    ForEach<Order>(database_.orders(), add);
    ForEach<Barcode>(database_.barcodes(), add);
    return rows;
  }

 private:
  // False: there is none. The bytes live until `row` is used again.
  bool Get(Family family, const Slice& key, PinnableSlice& row) {
    row.Reset();
    used_ = std::max<size_t>(used_, 1);
    const rocksdb::Status status = db_.Get(options_, family, key, &row);
    if (status.IsNotFound()) return false;
    Require(status);
    return true;
  }
  template <typename Row>
  std::optional<Row> FindById(Family family, int32_t id) {
    std::optional<Row> row;
    if (Get(family, IdKey(id).slice(), rows_[0])) {
      DecodeRow(id, Bytes(rows_[0]), row.emplace());
    }
    return row;
  }
  template <typename Row>
  std::optional<Row> FindByText(Family index, Family family,
                                std::string_view text) {
    if (!Get(index, ToSlice(text), id_)) return std::nullopt;
    return FindById<Row>(family, LastId(id_));
  }

  // One MultiGet for the ids, one for the rows of those that were found.
  template <typename Row>
  void FindAll(Family index, Family family,
               std::span<const std::string_view> texts,
               std::span<std::optional<Row>> rows) {
    std::array<Slice, kBatchMax> keys;
    for (size_t i = 0; i < texts.size(); ++i) keys[i] = ToSlice(texts[i]);
    MultiGet(index, texts.size(), keys);
    found_.clear();
    std::array<size_t, kBatchMax> answers;
    for (size_t i = 0; i < texts.size(); ++i) {
      rows[i].reset();
      if (statuses_[i].IsNotFound()) continue;
      Require(statuses_[i]);
      answers[found_.size()] = i;
      found_.push_back(LastId(rows_[i]));
    }
    GetFound(family);
    for (size_t i = 0; i < found_.size(); ++i) {
      DecodeRow(found_[i], Bytes(rows_[i]), rows[answers[i]].emplace());
    }
  }

  // By id, in one MultiGet.
  template <typename Row, typename RowId>
  void FindAll(Family family, std::span<const RowId> ids,
               std::span<std::optional<Row>> rows) {
    std::vector<IdKey> id_keys;
    id_keys.reserve(kBatchMax);
    std::array<Slice, kBatchMax> keys;
    for (size_t i = 0; i < ids.size(); ++i) {
      keys[i] = id_keys.emplace_back(ids[i].value()).slice();
    }
    MultiGet(family, ids.size(), keys);
    for (size_t i = 0; i < ids.size(); ++i) {
      rows[i].reset();
      if (statuses_[i].IsNotFound()) continue;
      Require(statuses_[i]);
      DecodeRow(ids[i].value(), Bytes(rows_[i]), rows[i].emplace());
    }
  }

  // The rows of all children, found by the iterator, in one MultiGet.
  void FindChildren(rocksdb::Iterator* children, Family family,
                    int32_t parent) {
    found_.clear();
    // Of the newest state; cheap where the files and memtables are the same.
    Require(children->Refresh());
    for (children->Seek(IdKey(parent).slice()); children->Valid();
         children->Next()) {
      found_.push_back(LastId(children->key()));
    }
    Require(children->status());
    GetFound(family);
  }
  // The rows with the ids `found_`, which have to be there.
  void GetFound(Family family) {
    std::vector<IdKey> ids;
    std::vector<Slice> keys;
    ids.reserve(found_.size());
    for (int32_t id : found_) keys.push_back(ids.emplace_back(id).slice());
    MultiGet(family, keys.size(), keys);
    for (size_t i = 0; i < keys.size(); ++i) Require(statuses_[i]);
  }
  void MultiGet(Family family, size_t n, std::span<const Slice> keys) {
    // Made anew, as a PinnableSlice does not survive being moved.
    if (rows_.size() < n) {
      rows_ = std::vector<PinnableSlice>(2 * n);
      used_ = 0;
      statuses_ = std::vector<rocksdb::Status>(2 * n);
    }
    for (size_t i = 0; i < used_; ++i) rows_[i].Reset();
    used_ = n;
    db_.MultiGet(options_, family, n, keys.data(), rows_.data(),
                 statuses_.data());
  }
  template <typename Row, typename Filter>
  std::vector<Row> Rows(Filter filter) {
    std::vector<Row> rows;
    for (size_t i = 0; i < found_.size(); ++i) {
      Row row;
      DecodeRow(found_[i], Bytes(rows_[i]), row);
      if (filter(row)) rows.push_back(row);
    }
    return rows;
  }

  template <typename Row, typename Fn>
  void ForEach(Family family, Fn fn) {
    const std::unique_ptr<rocksdb::Iterator> it(
        db_.NewIterator(everything_, family));
    Row row;
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      DecodeRow(LastId(it->key()), Bytes(it->value()), row);
      fn(row);
    }
    Require(it->status());
  }
  using Iterators = std::pair<std::unique_ptr<rocksdb::Iterator>,
                              std::unique_ptr<rocksdb::Iterator>>;
  // Of one state.
  Iterators ScanTogether(Family a, Family b) {
    std::vector<rocksdb::Iterator*> both;
    Require(db_.NewIterators(everything_, {a, b}, &both));
    return {std::unique_ptr<rocksdb::Iterator>(both[0]),
            std::unique_ptr<rocksdb::Iterator>(both[1])};
  }

  RocksdbDatabase& database_;
  rocksdb::TransactionDB& db_;
  rocksdb::ReadOptions options_;
  rocksdb::ReadOptions children_;
  rocksdb::ReadOptions everything_;
  std::unique_ptr<rocksdb::Iterator> orders_of_;
  std::unique_ptr<rocksdb::Iterator> barcodes_of_;
  PinnableSlice id_;
  // Of the newest call.
  size_t used_ = kBatchMax;  // of rows_
  std::vector<int32_t> found_;
  std::vector<PinnableSlice> rows_ = std::vector<PinnableSlice>(kBatchMax);
  std::vector<rocksdb::Status> statuses_ =
      std::vector<rocksdb::Status>(kBatchMax);
};

// ---- Writing ---------------------------------------------------------------

class RocksdbWriter : public PeerWriter {
 public:
  RocksdbWriter(RocksdbDatabase& database, RocksdbMode mode)
      : database_(database) {
    options_.sync = mode == RocksdbMode::kSync;
    options_.disableWAL = mode == RocksdbMode::kNoWal;
  }

  Sale Checkout(const Buyer& buyer,
                std::span<const std::string_view> values) override {
    Begin();
    const int64_t now = ToMicroseconds(PeerNow());
    Sale sale;
    sale.customer = FindOrInsertCustomer(buyer, now);
    sale.order = OrderId(++database_.last_order);
    const int32_t order = sale.order.value();
    Put(database_.orders(), IdKey(order), row_.Order(sale.customer, now));
    Put(database_.orders_of(), IdKey(sale.customer.value(), order), {});
    for (std::string_view value : values) {
      sale.last_barcode = InsertBarcode(value, sale.order, now);
      if (!sale.first_barcode.valid()) sale.first_barcode = sale.last_barcode;
    }
    Require(txn_->Commit());
    return sale;
  }

  bool Redeem(std::string_view value) override { return SetUsed(value, true); }
  bool Unredeem(std::string_view value) override {
    return SetUsed(value, false);
  }

 private:
  // Takes the memory of the transaction before.
  void Begin() {
    rocksdb::Transaction* const before = txn_.release();
    txn_.reset(database_.db().BeginTransaction(options_, {}, before));
    txn_->DisableIndexing();
  }

  // Locks the key. False: there is none.
  bool GetLocked(Family family, const Slice& key) {
    found_.Reset();
    const rocksdb::Status status = txn_->GetForUpdate({}, family, key, &found_);
    if (status.IsNotFound()) return false;
    Require(status);
    return true;
  }
  // A key with an id that was drawn: nobody else can have it, so that it needs
  // no lock. Into the batch below the index, as the transaction's own Put would
  // with indexing disabled, had it not to lock first.
  void Put(Family family, const IdKey& key, std::string_view value) {
    Require(txn_->GetWriteBatch()->GetWriteBatch()->Put(family, key.slice(),
                                                        ToSlice(value)));
  }
  // A key that is locked.
  void PutLocked(Family family, const Slice& key, const Slice& value) {
    Require(txn_->Put(family, key, value, /*assume_tracked=*/true));
  }

  CustomerId FindOrInsertCustomer(const Buyer& buyer, int64_t now) {
    const Slice email = ToSlice(buyer.email);
    if (GetLocked(database_.emails(), email)) return CustomerId(LastId(found_));
    const int32_t id = ++database_.last_customer;
    PutLocked(database_.emails(), email, IdKey(id).slice());
    Put(database_.customers(), IdKey(id),
        row_.Customer(buyer.email, buyer.name, now));
    return CustomerId(id);
  }

  BarcodeId InsertBarcode(std::string_view value, OrderId order, int64_t now) {
    Require(!GetLocked(database_.values(), ToSlice(value)),
            "RocksDB has this barcode");
    const int32_t id = ++database_.last_barcode;
    PutLocked(database_.values(), ToSlice(value), IdKey(id).slice());
    Put(database_.barcodes(), IdKey(id),
        row_.Barcode(value, order, false, now, now));
    Put(database_.barcodes_of(), IdKey(order.value(), id), {});
    return BarcodeId(id);
  }

  bool SetUsed(std::string_view value, bool is_used) {
    Begin();
    found_.Reset();
    const rocksdb::Status status =
        database_.db().Get({}, database_.values(), ToSlice(value), &found_);
    if (status.IsNotFound()) return false;
    Require(status);
    const IdKey id(LastId(found_));
    Require(GetLocked(database_.barcodes(), id.slice()), "a row is missing");
    Barcode row;
    DecodeRow(LastId(id.slice()), Bytes(found_), row);
    if (!row.order_id || row.is_used == is_used) {
      Require(txn_->Rollback());
      return false;
    }
    PutLocked(database_.barcodes(), id.slice(),
              ToSlice(row_.Barcode(value, *row.order_id, is_used,
                                   ToMicroseconds(row.created_at),
                                   ToMicroseconds(PeerNow()))));
    Require(txn_->Commit());
    return true;
  }

  RocksdbDatabase& database_;
  rocksdb::WriteOptions options_;
  std::unique_ptr<rocksdb::Transaction> txn_;
  PinnableSlice found_;
  RowBytes row_;
};

// ---- Loading ---------------------------------------------------------------

// A file of one column family, ingested at the end. Keys have to be sorted.
class SortedFile {
 public:
  SortedFile(RocksdbDatabase& database, Family family, const std::string& path)
      : database_(database),
        family_(family),
        path_(path),
        writer_(rocksdb::EnvOptions(), database.OptionsOf(family), family) {
    Require(writer_.Open(path));
  }

  void Put(const Slice& key, std::string_view value) {
    Require(writer_.Put(key, ToSlice(value)));
  }
  void Put(const IdKey& key, std::string_view value) {
    Put(key.slice(), value);
  }
  void Ingest() {
    Require(writer_.Finish());
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    Require(database_.db().IngestExternalFile(family_, {path_}, options));
  }

 private:
  RocksdbDatabase& database_;
  const Family family_;
  const std::string path_;
  rocksdb::SstFileWriter writer_;
};

size_t RowsOf(int32_t n) { return static_cast<size_t>(n); }
int32_t IdOf(size_t row) { return static_cast<int32_t>(row) + 1; }

class Loader {
 public:
  Loader(RocksdbDatabase& database, const std::string& folder,
         const Workload& data)
      : database_(database), folder_(folder), data_(data) {}

  void LoadAll() {
    LoadCustomers();
    LoadOrders();
    LoadBarcodes();
    LoadValues();
    LoadBarcodesOf();
  }

 private:
  SortedFile File(Family family) {
    return SortedFile(database_, family,
                      folder_ + "/load-" + family->GetName() + ".sst");
  }

  void LoadCustomers() {
    SortedFile rows = File(database_.customers());
    for (size_t i = 0; i < RowsOf(data_.customers()); ++i) {
      rows.Put(IdKey(IdOf(i)),
               bytes_.Customer(data_.email(i), data_.name(i), now_));
    }
    rows.Ingest();
    SortedFile emails = File(database_.emails());
    for (size_t i : SortedRows(data_.customers(),
                               [&](size_t row) { return data_.email(row); })) {
      emails.Put(ToSlice(data_.email(i)), Bytes(IdKey(IdOf(i)).slice()));
    }
    emails.Ingest();
  }

  void LoadOrders() {
    SortedFile rows = File(database_.orders());
    for (size_t i = 0; i < RowsOf(data_.orders()); ++i) {
      Require(data_.order_customer(i).value() <= data_.customers(),
              "an order refers to no customer");
      rows.Put(IdKey(IdOf(i)), bytes_.Order(data_.order_customer(i), now_));
    }
    rows.Ingest();
    SortedFile index = File(database_.orders_of());
    for (size_t i : SortedRows(data_.orders(), [&](size_t row) {
           return data_.order_customer(row);
         })) {
      index.Put(IdKey(data_.order_customer(i).value(), IdOf(i)), {});
    }
    index.Ingest();
  }

  void LoadBarcodes() {
    SortedFile rows = File(database_.barcodes());
    for (size_t i = 0; i < RowsOf(data_.barcodes()); ++i) {
      Require(data_.barcode_order(i).value() <= data_.orders(),
              "a barcode refers to no order");
      rows.Put(IdKey(IdOf(i)),
               bytes_.Barcode(data_.barcode_value(i), data_.barcode_order(i),
                              data_.barcode_used(i), now_, now_));
    }
    rows.Ingest();
  }
  void LoadValues() {
    SortedFile values = File(database_.values());
    for (size_t i : SortedRows(data_.barcodes(), [&](size_t row) {
           return data_.barcode_value(row);
         })) {
      values.Put(ToSlice(data_.barcode_value(i)),
                 Bytes(IdKey(IdOf(i)).slice()));
    }
    values.Ingest();
  }
  void LoadBarcodesOf() {
    SortedFile index = File(database_.barcodes_of());
    for (size_t i : SortedRows(data_.barcodes(), [&](size_t row) {
           return data_.barcode_order(row);
         })) {
      index.Put(IdKey(data_.barcode_order(i).value(), IdOf(i)), {});
    }
    index.Ingest();
  }

  RocksdbDatabase& database_;
  const std::string folder_;
  const Workload& data_;
  const int64_t now_ = ToMicroseconds(PeerNow());
  RowBytes bytes_;
};

// ---- The peer --------------------------------------------------------------

class RocksdbPeer : public Peer {
 public:
  RocksdbPeer(const std::string& path, RocksdbMode mode)
      : path_(path), mode_(mode) {
    Reopen();
  }

  void Load(const Workload& data) override {
    Loader(*database_, path_, data).LoadAll();
    database_->last_customer = data.customers();
    database_->last_order = data.orders();
    database_->last_barcode = data.barcodes();
  }

  std::unique_ptr<PeerReader> NewReader() override {
    return std::make_unique<RocksdbReader>(*database_);
  }
  std::unique_ptr<PeerWriter> NewWriter() override {
    return std::make_unique<RocksdbWriter>(*database_, mode_);
  }

  void Backup(const std::string& path) override {
    std::unique_ptr<rocksdb::BackupEngine> engine = Backups(path);
    Require(engine->CreateNewBackup(&database_->db(),
                                    mode_ == RocksdbMode::kNoWal));
  }
  std::unique_ptr<Peer> OpenBackup(const std::string& path) override {
    const std::string restored = path + "/restored";
    Require(Backups(path)->RestoreDBFromLatestBackup(restored, restored));
    return std::make_unique<RocksdbPeer>(restored, mode_);
  }
  // Closing flushes what has no log.
  void Close() override { database_.reset(); }
  void Reopen() override {
    database_ = std::make_unique<RocksdbDatabase>(path_);
  }

  int64_t MemoryBytes() override { return database_->MemoryBytes(); }

 private:
  static std::unique_ptr<rocksdb::BackupEngine> Backups(
      const std::string& path) {
    rocksdb::BackupEngineOptions options(path);
    options.sync = true;
    options.share_table_files = false;
    options.max_background_operations = 2;
    rocksdb::BackupEngine* engine = nullptr;
    Require(
        rocksdb::BackupEngine::Open(options, rocksdb::Env::Default(), &engine));
    return std::unique_ptr<rocksdb::BackupEngine>(engine);
  }

  const std::string path_;
  const RocksdbMode mode_;
  std::unique_ptr<RocksdbDatabase> database_;
};

}  // namespace

std::unique_ptr<Peer> MakeRocksdbPeer(const std::string& path,
                                      RocksdbMode mode) {
  return std::make_unique<RocksdbPeer>(path, mode);
}

}  // namespace orderstore::bench
