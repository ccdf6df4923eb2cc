// A block of bytes for whole files: a mapping of its own, for which the kernel
// is asked for huge pages, so that filling some hundred megabytes costs few
// page faults. Its memory goes back when the buffer is destroyed.

#ifndef ORDERSTORE_CSV_BUFFER_H_
#define ORDERSTORE_CSV_BUFFER_H_

#include <cstddef>

#include "absl/status/status.h"

namespace orderstore::csv {

class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  // Makes the buffer at least `capacity` bytes large and keeps what is in it;
  // it may move. ResourceExhausted: the system has no such memory; the buffer
  // is as before.
  absl::Status Reserve(size_t capacity);

  char* data() const { return data_; }
  size_t capacity() const { return capacity_; }

 private:
  char* data_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_BUFFER_H_
