// A store on a simulated disk with a logger that remembers what it heard.

#ifndef ORDERSTORE_TESTS_STORE_LOGGER_FIXTURE_H_
#define ORDERSTORE_TESTS_STORE_LOGGER_FIXTURE_H_

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "gtest/gtest.h"
#include "orderstore/logger.h"
#include "orderstore/store.h"
#include "store/folder_test.h"
#include "store/session.h"
#include "thread/mutex.h"

namespace orderstore {

// All that a logger was told.
class Heard {
 public:
  Logger logger() {
    return [this](const Notice& notice) {
      thread::MutexLock lock(mutex_);
      notices_.push_back(
          {notice.severity, notice.kind, std::string(notice.message)});
    };
  }

  // The messages of a kind, in the order in which they came. All have that
  // severity.
  std::vector<std::string> Of(NoticeKind kind, Severity severity) const {
    thread::MutexLock lock(mutex_);
    std::vector<std::string> messages;
    for (const Entry& entry : notices_) {
      if (entry.kind != kind) continue;
      EXPECT_EQ(entry.severity, severity) << entry.message;
      messages.push_back(entry.message);
    }
    return messages;
  }

 private:
  struct Entry {
    Severity severity;
    NoticeKind kind;
    std::string message;
  };

  mutable thread::Mutex mutex_;
  std::vector<Entry> notices_ ABSL_GUARDED_BY(mutex_);
};

// Returns when steady_clock has moved on by at least so much.
inline void SpinFor(std::chrono::microseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

class LoggerTest : public FolderTest {
 protected:
  ~LoggerTest() override {
    disk_.OpenGate();
    store_.reset();  // it may tell
  }

  // With the logger, and without a threshold.
  Options Heeded(Durability durability = Durability::kSync) {
    Options options = AnyOptions(durability);
    options.logger = heard_.logger();
    options.slow_transaction = std::chrono::microseconds(0);
    options.slow_sync = std::chrono::microseconds(0);
    return options;
  }
  // So large that no segment is made while the test looks.
  Options WithLargeSegments() {
    Options options = Heeded();
    options.segment_bytes = 1 << 20;
    return options;
  }

  void FailLog() {
    disk_.AddFault({.call = disk::Call::kWrite,
                    .path_part = "0000000001.log",
                    .nth = 1,
                    .error = EIO});
  }

  // A commit of which the write takes 2 us or more.
  void PutSlowly(std::string_view value) {
    disk_.CloseGate();
    Session other;
    other.Start([&] { Put(value); });
    disk_.AwaitWrite();
    SpinFor(std::chrono::microseconds(2));
    disk_.OpenGate();
    other.Finish();
  }

  std::vector<std::string> Infos(NoticeKind kind) const {
    return heard_.Of(kind, Severity::kInfo);
  }
  std::vector<std::string> Warnings(NoticeKind kind) const {
    return heard_.Of(kind, Severity::kWarning);
  }
  std::vector<std::string> Errors(NoticeKind kind) const {
    return heard_.Of(kind, Severity::kError);
  }

  Heard heard_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_STORE_LOGGER_FIXTURE_H_
