// A file system whose writes to the log wait at a gate, so that a test decides
// what happens while one is under way. Everything else goes straight through.
//
// Thread-safety: all methods may be called from any thread.

#ifndef ORDERSTORE_TESTS_WAL_GATED_FILE_SYSTEM_H_
#define ORDERSTORE_TESTS_WAL_GATED_FILE_SYSTEM_H_

#include <fcntl.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "thread/mutex.h"

namespace orderstore::wal {

class GatedFileSystem : public io::FileSystem {
 public:
  // Which writes the gate stops: frames and headers, or the zeros that new
  // segments are made of.
  enum class Gate { kFrames, kZeros };

  explicit GatedFileSystem(io::FileSystem& inner) : inner_(inner) {}

  void Shut(Gate gate) {
    thread::MutexLock lock(mutex_);
    Of(gate).shut = true;
  }
  void Open(Gate gate) {
    thread::MutexLock lock(mutex_);
    Of(gate).shut = false;
    changed_.NotifyAll();
  }
  // Waits until a write stands at the gate.
  void AwaitWrite(Gate gate) {
    thread::MutexLock lock(mutex_);
    while (Of(gate).waiting == 0) changed_.Wait(mutex_);
  }
  // Lets the write that stands at the gate through, and no other.
  void LetOneThrough(Gate gate) {
    thread::MutexLock lock(mutex_);
    ++Of(gate).passes;
    changed_.NotifyAll();
  }

  // How many writes have come to the gate.
  int64_t Writes(Gate gate) {
    thread::MutexLock lock(mutex_);
    return Of(gate).writes;
  }

  int MakeFolder(const std::string& path) override {
    return inner_.MakeFolder(path);
  }
  int OpenFolder(const std::string& path) override {
    return inner_.OpenFolder(path);
  }
  int Open(int folder, const std::string& name, int flags) override {
    const int file = inner_.Open(folder, name, flags);
    if (file >= 0 && (flags & O_DSYNC) != 0) {
      thread::MutexLock lock(mutex_);
      synchronous_.insert(file);
    }
    return file;
  }
  int List(int folder, std::vector<std::string>& names) override {
    return inner_.List(folder, names);
  }
  int Rename(int folder, const std::string& from,
             const std::string& to) override {
    return inner_.Rename(folder, from, to);
  }
  int Remove(int folder, const std::string& name) override {
    return inner_.Remove(folder, name);
  }
  int64_t Size(int file) override { return inner_.Size(file); }
  int64_t ModifiedTime(int file) override { return inner_.ModifiedTime(file); }
  int64_t Read(int file, char* to, size_t bytes, int64_t offset) override {
    return inner_.Read(file, to, bytes, offset);
  }
  int64_t Write(int file, const char* from, size_t bytes,
                int64_t offset) override {
    Pass(file);
    return inner_.Write(file, from, bytes, offset);
  }
  int Sync(int file) override { return inner_.Sync(file); }
  int SyncFolder(int folder) override { return inner_.SyncFolder(folder); }
  int Lock(int file) override { return inner_.Lock(file); }
  int GiveToOwner(int folder, int file) override {
    return inner_.GiveToOwner(folder, file);
  }
  void Close(int descriptor) override {
    {
      thread::MutexLock lock(mutex_);
      synchronous_.erase(descriptor);
    }
    inner_.Close(descriptor);
  }

 private:
  struct State {
    bool shut = false;
    int waiting = 0;
    int passes = 0;
    int64_t writes = 0;
  };

  State& Of(Gate gate) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return gate == Gate::kFrames ? frames_ : zeros_;
  }
  void Pass(int file) {
    thread::MutexLock lock(mutex_);
    State& gate =
        Of(synchronous_.contains(file) ? Gate::kFrames : Gate::kZeros);
    ++gate.waiting;
    ++gate.writes;
    changed_.NotifyAll();
    while (gate.shut && gate.passes == 0) changed_.Wait(mutex_);
    if (gate.shut) --gate.passes;
    --gate.waiting;
  }

  io::FileSystem& inner_;
  thread::Mutex mutex_;
  thread::CondVar changed_;
  std::set<int> synchronous_ ABSL_GUARDED_BY(mutex_);
  State frames_ ABSL_GUARDED_BY(mutex_);
  State zeros_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_TESTS_WAL_GATED_FILE_SYSTEM_H_
