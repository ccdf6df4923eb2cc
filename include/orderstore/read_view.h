// An immutable view of the store as of one commit.
//
//   ReadView view = store->OpenReadView();
//   view.Counts();              // of one LSN ...
//   view.TopCustomers(5);       // ... and this of the same
//
// Opening and closing costs some ten nanoseconds and never waits; a view held
// for hours costs only the old versions of rows that it alone can see, and its
// closing frees those, some 0.1 us each. If a transaction is open then, its end
// does, and the transactions and views after it, 0.1 to 0.4 ms of that each. A
// view's destruction closes it; the store must outlive it.
//
// Thread-safety: one thread at a time; it may be moved to another thread.

#ifndef ORDERSTORE_READ_VIEW_H_
#define ORDERSTORE_READ_VIEW_H_

#include "orderstore/export.h"
#include "orderstore/reader.h"

namespace orderstore {

class ORDERSTORE_EXPORT ReadView : public Reader {
 public:
  ReadView(ReadView&& other) noexcept = default;
  ReadView& operator=(ReadView&& other) noexcept;
  ~ReadView();

 private:
  friend class Store;
  using Reader::Reader;
};

}  // namespace orderstore

#endif  // ORDERSTORE_READ_VIEW_H_
