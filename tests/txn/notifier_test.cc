#include "txn/notifier.h"

#include <chrono>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"
#include "orderstore/logger.h"

namespace orderstore::txn {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(NotifierTest, TellsItsLogger) {
  std::string told;
  const Notifier notifier([&](const Notice& notice) {
    told += NameOf(notice.severity);
    told += ' ';
    told += NameOf(notice.kind);
    told += ' ';
    told += notice.message;
  });
  EXPECT_TRUE(notifier.has_listener());
  notifier.Tell(Severity::kWarning, NoticeKind::kTailCut, "something");
  EXPECT_EQ(told, "warning tail-cut something");
}

TEST(NotifierTest, WithoutALoggerNobodyListens) {
  const Notifier notifier(Logger{});
  EXPECT_FALSE(notifier.has_listener());
  notifier.Tell(Severity::kError, NoticeKind::kLogFailed, "something");
}

TEST(NotifierTest, WhatALoggerThrowsIsLost) {
  int calls = 0;
  const Notifier notifier([&](const Notice&) {
    if (++calls == 1) throw std::runtime_error("full");
    throw calls;
  });
  notifier.Tell(Severity::kError, NoticeKind::kLogFailed, "something");
  notifier.Tell(Severity::kError, NoticeKind::kLogFailed, "something");
  EXPECT_EQ(calls, 2);
}

TEST(DurationTextTest, HasThreeDigitsOfASecondOrWholeMicroseconds) {
  EXPECT_EQ(DurationText(nanoseconds(0)), "0 us");
  EXPECT_EQ(DurationText(nanoseconds(999'999)), "999 us");
  EXPECT_EQ(DurationText(microseconds(1'000)), "0.001 s");
  EXPECT_EQ(DurationText(microseconds(1'234'999)), "1.234 s");
  EXPECT_EQ(DurationText(std::chrono::seconds(3'600)), "3600.000 s");
}

}  // namespace
}  // namespace orderstore::txn
