// Keeps tables on a server a copy of a store: applies the transactions of the
// store's log in order, each exactly once, whatever happens.
//
//   absl::StatusOr<Follower> follower = Follower::Open(server, "shop", from);
//   for (;;) {
//     absl::StatusOr<std::optional<LoggedTransaction>> next = log.Next();
//     ...
//     absl::Status status = *next ? follower->Add(**next) : follower->Flush();
//   }
//
// How far the copy is stands in the database (applied.h) and changes in the
// same transaction as the rows: after a crash of either side, the follower goes
// on from there.
//
// Transactions are applied some thousand at a time. Most only insert rows and
// change columns that no constraint but a foreign key is about: such are put
// together, row by row, and sent as COPY and one UPDATE a table, parents
// first. Where rows are deleted or emails and values change, the order of the
// statements matters to unique columns: these are repeated one by one, as the
// store made them.
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_SQL_FOLLOWER_H_
#define ORDERSTORE_SQL_FOLLOWER_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orderstore/logged_transaction.h"
#include "orderstore/reader.h"
#include "orderstore/records.h"
#include "sql/applied.h"
#include "sql/connection.h"
#include "sql/schema.h"
#include "sql/target.h"

namespace orderstore::sql {

class Follower {
 public:
  // `server` outlives the follower. The tables are a copy of the store as of
  // `from`, and that stands in the database. Errors: FindTarget's, ReadStamp's
  // and the connection's.
  static absl::StatusOr<Follower> Open(Connection& server,
                                       const std::string& schema, Applied from);

  // The next transaction; its texts are copied. May Flush. Precondition: it
  // follows the one before by LSN.
  absl::Status Add(const LoggedTransaction& transaction);

  // Applies what was added, in one transaction of the server. Does nothing if
  // nothing was added. Errors, after which the tables are as of applied():
  //   DataLoss   the tables have other rows than the copy should have
  //   Aborted    somebody else changed how far the copy is
  //   others     the connection's
  // But with Unknown, the connection was lost while the server committed: the
  // tables may be as of what was added; ReadApplied tells.
  absl::Status Flush();

  // The tables are as of this commit.
  Lsn applied() const { return applied_.lsn; }

 private:
  template <typename Row>
  struct Changed {
    Row row;  // of an update the columns that no unique index is about
    bool is_new = false;
  };
  template <typename Row>
  using ChangedRows = absl::flat_hash_map<int32_t, Changed<Row>>;

  Follower(Connection& server, std::string schema, Target target, Applied from)
      : server_(&server),
        schema_(std::move(schema)),
        target_(target),
        applied_(std::move(from)),
        added_(applied_.lsn) {}

  bool is_empty() const { return changes_ == 0; }

  // Of transactions that are put together.
  void PutTogether(const Change& change);
  // Of transactions that are repeated.
  void AppendStatement(const Change& change);

  absl::Status Apply();
  absl::Status ApplyRows();
  absl::Status ApplyStatements();
  template <typename Row>
  absl::Status Insert(Table table, const ChangedRows<Row>& rows);
  template <typename Row>
  absl::Status Update(Table table, const ChangedRows<Row>& rows);
  // Fills the temporary table of its name.
  absl::Status Stage(Table table, const std::string& rows);
  // DataLoss: the server changed another number of rows.
  absl::Status CheckCount(Table table, absl::StatusOr<int64_t> found,
                          size_t wanted) const;
  absl::Status MoveSequences();

  Connection* server_;
  std::string schema_;
  Target target_;
  std::array<std::optional<std::string>, kTables.size()> sequences_;
  Applied applied_;

  // What was added since, up to this LSN, and how many changes that are.
  Lsn added_;
  size_t changes_ = 0;
  // All of one kind: put together, or statements.
  bool as_statements_ = false;
  ChangedRows<OwnedCustomer> customers_;
  ChangedRows<Order> orders_;
  ChangedRows<OwnedBarcode> barcodes_;
  std::vector<std::string> statements_;  // in pieces of some size
  // The largest id that was inserted; 0: none.
  NextIds inserted_ = {.customers = 0, .orders = 0, .barcodes = 0};
};

// Makes tables a copy of the store with this UUID, as of what `reader` reads,
// once they prove to have its rows. DataLoss: they have others, of which the
// message names some; nothing was changed. Others: as Check,
// ReadStamp's and the connection's. O(rows), during which the tables are not
// written to.
absl::Status AdoptCopy(const Reader& reader, const std::string& store_uuid,
                       Connection& server, const std::string& schema);

}  // namespace orderstore::sql

#endif  // ORDERSTORE_SQL_FOLLOWER_H_
