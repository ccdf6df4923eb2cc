// A thread that has the kernel back huge pages with memory before a writer
// comes to them. To clear one takes a quarter of a millisecond, and to make one
// of fragmented memory several; the commit that touched it first would wait.
// Other threads of the process that map or unmap memory wait meanwhile; those
// that touch what is mapped do not (since Linux 6.4).
//
// Where the kernel cannot do it (before Linux 5.14), or no thread is to be had,
// pages are backed when they are touched, as ever.
//
// Thread-safety: any threads may call Back; a snapshot is loaded by two.

#ifndef ORDERSTORE_TABLE_PAGE_BACKER_H_
#define ORDERSTORE_TABLE_PAGE_BACKER_H_

#include <array>
#include <cstddef>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "thread/mutex.h"

namespace orderstore::table {

class PageBacker {
 public:
  PageBacker();
  PageBacker(const PageBacker&) = delete;
  PageBacker& operator=(const PageBacker&) = delete;
  // Waits for the page that is being backed, and forgets the others.
  ~PageBacker();

  // Asks for a huge page at `page`, which stays mapped for the life of this
  // object. False: there is no thread, or too many are asked for already.
  bool Back(void* page);

 private:
  // Some for each dense array.
  static constexpr size_t kRequestsMax = 64;

  void Run();
  // The page to back next; null when this object ends.
  void* WaitForRequest();

  thread::Mutex mutex_;
  thread::CondVar changed_;
  std::array<void*, kRequestsMax> requests_ ABSL_GUARDED_BY(mutex_) = {};
  size_t request_count_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // constant after construction
};

}  // namespace orderstore::table

#endif  // ORDERSTORE_TABLE_PAGE_BACKER_H_
