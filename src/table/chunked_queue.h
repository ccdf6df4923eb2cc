// A queue that grows and shrinks by chunks: no element moves, and no growth
// copies more than a list of chunks, so that a push is never slow, also with
// ten million elements. (std::deque's chunks have 512 bytes, and its list of
// them is copied as it grows.)
//
// Thread-safety: one thread, but for the counter of bytes.

#ifndef ORDERSTORE_TABLE_CHUNKED_QUEUE_H_
#define ORDERSTORE_TABLE_CHUNKED_QUEUE_H_

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace orderstore::table {

template <typename T>
class ChunkedQueue {
 public:
  // Adds what the queue takes to `bytes`, and takes it off again.
  explicit ChunkedQueue(std::atomic<int64_t>& bytes) : bytes_(bytes) {}
  ChunkedQueue(const ChunkedQueue&) = delete;
  ChunkedQueue& operator=(const ChunkedQueue&) = delete;
  ~ChunkedQueue() { AddChunks(-static_cast<int64_t>(chunks_.size())); }

  bool empty() const { return begin_ == end_; }
  size_t size() const { return end_ - begin_; }

  const T& front() const { return At(begin_); }
  const T& back() const { return At(end_ - 1); }

  // The next `count` pushes need no memory. They or this throw std::bad_alloc,
  // and nothing has changed.
  void Reserve(size_t count) {
    while (end_ + count > room_) {
      chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
      AddChunks(1);
    }
  }

  void push_back(const T& element) {
    Reserve(1);
    (*chunks_[end_ / kChunk])[end_ % kChunk] = element;
    ++end_;
  }

  void pop_front() {
    assert(!empty());
    ++begin_;
    if (begin_ == kChunk) {
      chunks_.pop_front();
      AddChunks(-1);
      begin_ = 0;
      end_ -= kChunk;
    }
  }

  void pop_back() {
    assert(!empty());
    --end_;
    // One empty chunk stays: the end may go to and fro here.
    if (end_ + 2 * kChunk < room_) {
      chunks_.pop_back();
      AddChunks(-1);
    }
  }

  // Keeps one chunk.
  void clear() {
    begin_ = end_ = 0;
    while (chunks_.size() > 1) {
      chunks_.pop_back();
      AddChunks(-1);
    }
  }

 private:
  static constexpr size_t kChunk = 1024;
  using Chunk = std::array<T, kChunk>;

  const T& At(size_t index) const {
    return (*chunks_[index / kChunk])[index % kChunk];
  }
  // To be called when so many came or went.
  void AddChunks(int64_t count) {
    room_ = chunks_.size() * kChunk;
    bytes_.fetch_add(count * static_cast<int64_t>(sizeof(Chunk)),
                     std::memory_order_relaxed);
  }

  std::atomic<int64_t>& bytes_;
  std::deque<std::unique_ptr<Chunk>> chunks_;
  // Positions in the chunks; begin_ is in the first.
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t room_ = 0;  // positions in all chunks
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_CHUNKED_QUEUE_H_
