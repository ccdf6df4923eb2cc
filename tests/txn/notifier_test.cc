#include "txn/notifier.h"

#include <chrono>
#include <new>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"
#include "orderstore/logger.h"

namespace orderstore::txn {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

std::string Something() { return "something"; }

TEST(NotifierTest, TellsItsLogger) {
  std::string told;
  const Notifier notifier([&](const Notice& notice) {
    told += NameOf(notice.severity);
    told += ' ';
    told += NameOf(notice.kind);
    told += ' ';
    told += notice.message;
  });
  notifier.Tell(Severity::kWarning, NoticeKind::kTailCut, Something);
  EXPECT_EQ(told, "warning tail-cut something");
}

TEST(NotifierTest, WithoutALoggerNothingIsWorded) {
  const Notifier notifier(Logger{});
  bool worded = false;
  notifier.Tell(Severity::kError, NoticeKind::kLogFailed, [&] {
    worded = true;
    return Something();
  });
  EXPECT_FALSE(worded);
}

TEST(NotifierTest, WhatALoggerThrowsIsLost) {
  int calls = 0;
  const Notifier notifier([&](const Notice&) {
    if (++calls == 1) throw std::runtime_error("full");
    throw calls;
  });
  notifier.Tell(Severity::kError, NoticeKind::kLogFailed, Something);
  notifier.Tell(Severity::kError, NoticeKind::kLogFailed, Something);
  EXPECT_EQ(calls, 2);
}

TEST(NotifierTest, ANoticeWithoutMemoryForItsWordsIsLost) {
  int calls = 0;
  const Notifier notifier([&](const Notice&) { ++calls; });
  notifier.Tell(Severity::kError, NoticeKind::kLogFailed,
                []() -> std::string { throw std::bad_alloc(); });
  EXPECT_EQ(calls, 0);
}

TEST(DurationTextTest, IsInTheUnitThatSuitsIt) {
  EXPECT_EQ(DurationText(nanoseconds(0)), "0 us");
  EXPECT_EQ(DurationText(nanoseconds(999'999)), "999 us");
  EXPECT_EQ(DurationText(microseconds(1'000)), "1.0 ms");
  EXPECT_EQ(DurationText(microseconds(12'399)), "12.3 ms");
  EXPECT_EQ(DurationText(microseconds(999'999)), "999.9 ms");
  EXPECT_EQ(DurationText(microseconds(1'234'999)), "1.234 s");
  EXPECT_EQ(DurationText(std::chrono::seconds(3'600)), "3600.000 s");
}

}  // namespace
}  // namespace orderstore::txn
