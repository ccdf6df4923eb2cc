// A range over the rows of a table in id order, for range-based for:
//
//   for (const Order& order : view.Orders()) { ... }
//
// It reads ahead in pages of some rows, so that their cache misses overlap, and
// keeps the last id, no pointer: rows may come and go while it stands. Borrows
// the reader it came from. One pass only.

#ifndef ORDERSTORE_SCAN_H_
#define ORDERSTORE_SCAN_H_

#include <array>
#include <cstddef>
#include <iterator>
#include <span>

namespace orderstore {

class Reader;

template <typename Row>
class Scan {
 public:
  // What a scan is made of: Reader::ReadOrders is such a function.
  using RowId = decltype(Row::id);
  using ReadPage = size_t (Reader::*)(RowId after, std::span<Row> rows) const&;

  // A place in the range, for range-based for: an input iterator.
  class Iterator {
   public:
    // What makes it an input iterator.
    using iterator_concept = std::input_iterator_tag;
    using value_type = Row;
    using difference_type = ptrdiff_t;

    // Moves on with `scan`. A row is there until the next step.
    explicit Iterator(Scan* scan) : scan_(scan) {}
    const Row& operator*() const { return scan_->page_[scan_->next_]; }
    const Row* operator->() const { return &**this; }
    Iterator& operator++() {
      scan_->Advance();
      return *this;
    }
    void operator++(int) { scan_->Advance(); }
    bool done() const { return scan_->next_ == scan_->size_; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) {
      return it.done();
    }

   private:
    Scan* scan_;
  };

  // The rows behind `after`; Reader::Orders and the like make one.
  Scan(const Reader& reader, ReadPage read, RowId after)
      : reader_(reader), read_(read), after_(after) {}

  // Reads the first page: once only.
  Iterator begin() {
    Fill();
    return Iterator(this);
  }
  std::default_sentinel_t end() const { return {}; }

 private:
  void Advance() {
    after_ = page_[next_++].id;
    if (next_ == page_.size()) Fill();
  }
  void Fill() {
    size_ = (reader_.*read_)(after_, page_);
    next_ = 0;
  }

  const Reader& reader_;
  const ReadPage read_;
  RowId after_;
  std::array<Row, 32> page_;
  size_t next_ = 0;
  size_t size_ = 0;
};

}  // namespace orderstore

#endif  // ORDERSTORE_SCAN_H_
