#include "table/page_backer.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "table/address_space.h"
#include "thread/start.h"

namespace orderstore::table {

PageBacker::PageBacker() {
  absl::StatusOr<std::thread> started = thread::Start([this] { Run(); });
  if (started.ok()) thread_ = *std::move(started);
}

PageBacker::~PageBacker() {
  if (!thread_.joinable()) return;
  {
    thread::MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.NotifyOne();
  thread_.join();
}

bool PageBacker::Back(void* page) {
  if (!thread_.joinable()) return false;
  {
    thread::MutexLock lock(mutex_);
    if (request_count_ == kRequestsMax) return false;
    requests_[request_count_++] = page;
  }
  changed_.NotifyOne();
  return true;
}

void PageBacker::Run() {
  while (void* const page = WaitForRequest()) {
    // The first does nothing in a dense array, which has it already.
    (void)madvise(page, kHugePageBytes, MADV_HUGEPAGE);
    (void)madvise(page, kHugePageBytes, MADV_POPULATE_WRITE);
  }
}

void* PageBacker::WaitForRequest() {
  thread::MutexLock lock(mutex_);
  while (request_count_ == 0 && !ending_) changed_.Wait(mutex_);
  if (ending_) return nullptr;
  void* const page = requests_.front();
  std::copy(requests_.begin() + 1, requests_.end(), requests_.begin());
  --request_count_;
  return page;
}

}  // namespace orderstore::table
