// A simulated disk whose writes wait while its gate is closed: to look at what
// happens while the disk is busy.
//
//   disk.CloseGate();
//   other.Start([&] { commit(); });
//   disk.AwaitWrite();   // one has come, and waits
//   ...
//   disk.OpenGate();
//
// Thread-safety: all methods may be called from any thread.

#ifndef ORDERSTORE_TESTS_DISK_GATED_DISK_H_
#define ORDERSTORE_TESTS_DISK_GATED_DISK_H_

#include "disk/simulated_disk.h"
#include "thread/mutex.h"

namespace orderstore::disk {

class GatedDisk : public SimulatedDisk {
 public:
  using SimulatedDisk::SimulatedDisk;

  void CloseGate() {
    thread::MutexLock lock(gate_mutex_);
    closed_ = true;
  }
  void OpenGate() {
    thread::MutexLock lock(gate_mutex_);
    closed_ = false;
    changed_.NotifyAll();
  }
  void AwaitWrite() {
    thread::MutexLock lock(gate_mutex_);
    while (waiting_ == 0) changed_.Wait(gate_mutex_);
  }

  int64_t Write(int file, const char* from, size_t bytes,
                int64_t offset) override {
    {
      thread::MutexLock lock(gate_mutex_);
      ++waiting_;
      changed_.NotifyAll();
      while (closed_) changed_.Wait(gate_mutex_);
      --waiting_;
    }
    return SimulatedDisk::Write(file, from, bytes, offset);
  }

 private:
  thread::Mutex gate_mutex_;
  thread::CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(gate_mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(gate_mutex_) = 0;
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_GATED_DISK_H_
