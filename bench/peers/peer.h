// What users might pick instead of orderstore, each behind one thin adapter, so
// that one workload runs on them all:
//
//   std::unique_ptr<Peer> peer = kind.make(path);
//   peer->Load(data);
//   std::unique_ptr<PeerWriter> writer = peer->NewWriter();
//   Sale sale = writer->Checkout(buyer, values);
//   std::unique_ptr<PeerReader> reader = peer->NewReader();
//   std::optional<Barcode> row = reader->FindBarcodeByValue(value);
//
// Every peer keeps the whole schema of orderstore/records.h: all columns, ids
// from sequences, emails and barcode values unique, the orders of a customer
// and the barcodes of an order found by an index, timestamps from the clock at
// the beginning of a transaction. Each is tuned as its own experts would do it;
// the settings and their reasons are at the top of its adapter.
//
// The calls are virtual, which costs two nanoseconds, the same for all. What
// fails ends the process; what a caller may ask for in vain is an answer.

#ifndef ORDERSTORE_BENCH_PEERS_PEER_H_
#define ORDERSTORE_BENCH_PEERS_PEER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "orderstore/records.h"
#include "own_process.h"
#include "subjects/sale.h"
#include "workload.h"

namespace orderstore::bench {

// What ReadEveryRow gives: the counts of rows, and the sum of what they hold.
class EveryRow {
 public:
  void Add(const Customer& row);
  void Add(const Order& row);
  void Add(const Barcode& row);

  const Counts& counts() const { return counts_; }
  AnswerSum sum() const;

 private:
  Counts counts_;
  ContentSum sum_;
};

// Reads, for one thread at a time. Each call is a read transaction of its own,
// but for those between BeginRead and EndRead, which read one state together.
// Texts in rows live until the next call; a reader that is not called may hold
// a state of the past.
class PeerReader {
 public:
  virtual ~PeerReader() = default;

  // Of lookups of one row.
  virtual void BeginRead() {}
  virtual void EndRead() {}

  virtual std::optional<Customer> FindCustomer(CustomerId id) = 0;
  virtual std::optional<Customer> FindCustomerByEmail(
      std::string_view email) = 0;
  virtual std::optional<Order> FindOrder(OrderId id) = 0;
  virtual std::optional<Barcode> FindBarcodeByValue(std::string_view value) = 0;

  // rows[i] answers for keys[i]; at most 32 of them.
  virtual void FindCustomers(std::span<const CustomerId> ids,
                             std::span<std::optional<Customer>> rows) = 0;
  virtual void FindOrders(std::span<const OrderId> ids,
                          std::span<std::optional<Order>> rows) = 0;
  virtual void FindCustomersByEmail(
      std::span<const std::string_view> emails,
      std::span<std::optional<Customer>> rows) = 0;
  virtual void FindBarcodesByValue(std::span<const std::string_view> values,
                                   std::span<std::optional<Barcode>> rows) = 0;

  // In id order.
  virtual std::vector<Order> OrdersOf(CustomerId id) = 0;
  virtual std::vector<Barcode> UnusedBarcodesOf(OrderId id) = 0;

  // Computed from the rows or their indexes, when asked. Ties as in
  // orderstore/reader.h.
  virtual std::vector<CustomerTickets> TopCustomers(size_t k) = 0;
  virtual int64_t CountUnassigned() = 0;
  // The same, of what each change keeps up. Of kinds that keep answers.
  virtual std::vector<CustomerTickets> KeptTopCustomers(size_t k);
  virtual int64_t KeptUnassigned();

  // Adds every row of customers, orders, barcodes, each in id order.
  virtual EveryRow ReadEveryRow() = 0;
};

// Changes, by one thread at a time. Each call is a transaction of its own, as
// durable as the peer's kind says when it returns.
class PeerWriter {
 public:
  virtual ~PeerWriter() = default;

  // The customer, old or new; an order; new barcodes on it. A barcode value
  // that is taken ends the process.
  virtual Sale Checkout(const Buyer& buyer,
                        std::span<const std::string_view> values) = 0;
  // Marks a barcode used. False: there is none, or it is unassigned or used.
  virtual bool Redeem(std::string_view value) = 0;
  // Makes it unused. False: there is none, or it is unassigned or unused.
  virtual bool Unredeem(std::string_view value) = 0;
};

// Many threads may have a reader or a writer each. They all go before the peer
// is closed.
class Peer {
 public:
  virtual ~Peer() = default;

  // All rows, into an empty peer, in the way that is fastest; durable at the
  // end if the peer has a path. Where queries are planned by statistics
  // (ANALYZE), these are made, too.
  virtual void Load(const Workload& data) = 0;
  // What follows a load and is not part of its time: writes what was loaded
  // into the files that the next opening reads instead of a log, where that is
  // not how it became durable; goes over from the settings of a load.
  virtual void Checkpoint() {}
  // Makes what was just loaded cost as much to change as after a time of
  // changes, where that is less. Changes no row. Not part of a load's time.
  virtual void RunIn() {}

  virtual std::unique_ptr<PeerReader> NewReader() = 0;
  virtual std::unique_ptr<PeerWriter> NewWriter() = 0;
  // A reader for the thread that has the only writer; it may share what that
  // has.
  virtual std::unique_ptr<PeerReader> NewReaderOfWriter() {
    return NewReader();
  }

  // ---- Of peers with a path. ----
  // A copy to `path`, where nothing is, while others read and write; on stable
  // storage when it returns.
  virtual void Backup(const std::string& path) = 0;
  // The copy that Backup has made there, opened.
  virtual std::unique_ptr<Peer> OpenBackup(const std::string& path) = 0;
  virtual void Close() = 0;
  virtual void Reopen() = 0;

  // What the peer says that its rows and indexes take in memory; 0 if it does
  // not know.
  virtual int64_t MemoryBytes() = 0;
  // What the process that has the rows takes in memory, or the processes.
  virtual int64_t ResidentBytes() { return bench::ResidentBytes(); }

  // Runs work(0) to work(n - 1) at the same time, as many as the peer can, and
  // returns the seconds from the start of the first to the end of the last.
  virtual double RunTogether(int n, const std::function<void(int)>& work);
  // Starts work() beside the caller. What is returned, called, waits for its
  // end.
  virtual std::function<void()> RunBeside(std::function<void()> work);
};

// Microseconds, as the store's timestamps.
inline Timestamp PeerNow() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now());
}
inline int64_t ToMicroseconds(Timestamp time) {
  return time.time_since_epoch().count();
}
inline Timestamp FromMicroseconds(int64_t us) {
  return Timestamp(std::chrono::microseconds(us));
}

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_PEERS_PEER_H_
