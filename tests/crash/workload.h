// Random transactions for crash tests, made on a store and on the naive model
// at the same time: rows come, change, move and go; statements fail; texts are
// short mostly, and sometimes so long and many that a record spans frames and
// segments.
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_TESTS_CRASH_WORKLOAD_H_
#define ORDERSTORE_TESTS_CRASH_WORKLOAD_H_

#include <string>

#include "orderstore/transaction.h"
#include "store/model.h"
#include "store/seeded_random.h"

namespace orderstore {

// The folder of the store.
inline constexpr char kShop[] = "/shop";

class Workload {
 public:
  explicit Workload(SeededRandom& random) : random_(random) {}

  // Some statements. Returns in what store and model differ, or nothing.
  std::string RunStatements(Transaction& txn, ModelTransaction& model);

 private:
  std::string RunStatement(Transaction& txn, ModelTransaction& model);
  std::string InsertMany(Transaction& txn, ModelTransaction& model);
  std::string ChangeCustomer(Transaction& txn, ModelTransaction& model);
  std::string ChangeOrder(Transaction& txn, ModelTransaction& model);
  std::string ChangeBarcode(Transaction& txn, ModelTransaction& model);
  std::string Delete(Transaction& txn, ModelTransaction& model);

  std::string AnyText(const char* prefix);
  template <typename Id, typename Row>
  Id AnyId(const std::map<Id, Row>& rows);
  std::string AnyValue(const State& state);
  std::optional<OrderId> AnyOrder(const State& state);

  SeededRandom& random_;
};

// The rows and sequences that a reader sees, to be compared with the model's.
State ReadState(const Reader& reader);

// In what the rows differ, or nothing.
std::string CompareRows(const State& found, const State& expected);

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_CRASH_WORKLOAD_H_
