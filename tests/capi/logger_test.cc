// What a logger of the C API hears, and what it may do.

#include "capi/logger.h"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "capi/c_folder.h"
#include "capi/c_store.h"
#include "capi/code.h"
#include "capi/options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/logger.h"

namespace orderstore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A notice whose message was copied.
struct HeardNotice {
  int32_t severity;
  int32_t kind;
  std::string message;
};

// `context` is a vector of HeardNotice.
void HearNotice(void* context, const orderstore_notice* notice) {
  static_cast<std::vector<HeardNotice>*>(context)->push_back(
      {notice->severity, notice->kind, notice->message});
}

class CLoggerTest : public CFolderTest {
 protected:
  static orderstore_option OptionOf(const orderstore_logger& logger) {
    return {ORDERSTORE_OPTION_LOGGER, reinterpret_cast<intptr_t>(&logger)};
  }
  // Nothing is slow.
  std::vector<orderstore_option> Heeded() const {
    std::vector<orderstore_option> options = Small();
    options.push_back(OptionOf(logger_));
    options.push_back({ORDERSTORE_OPTION_SLOW_TRANSACTION_US, 0});
    options.push_back({ORDERSTORE_OPTION_SLOW_SYNC_US, 0});
    return options;
  }
  std::vector<int32_t> Kinds() const {
    std::vector<int32_t> kinds;
    for (const HeardNotice& notice : heard_) kinds.push_back(notice.kind);
    return kinds;
  }

  std::vector<HeardNotice> heard_;
  const orderstore_logger logger_ = {HearNotice, &heard_};
};

TEST_F(CLoggerTest, EachNoticeIsGivenAsItIs) {
  const Logger logger = capi::ToLogger(logger_);
  logger({.severity = Severity::kInfo,
          .kind = NoticeKind::kOpened,
          .message = "a store was opened"});
  // Not NUL-terminated.
  logger({.severity = Severity::kError,
          .kind = NoticeKind::kSlowTransaction,
          .message = std::string_view("slow, and more").substr(0, 4)});
  ASSERT_EQ(heard_.size(), 2);
  EXPECT_EQ(heard_[0].severity, ORDERSTORE_SEVERITY_INFO);
  EXPECT_EQ(heard_[0].kind, ORDERSTORE_NOTICE_OPENED);
  EXPECT_EQ(heard_[0].message, "a store was opened");
  EXPECT_EQ(heard_[1].severity, ORDERSTORE_SEVERITY_ERROR);
  EXPECT_EQ(heard_[1].kind, ORDERSTORE_NOTICE_SLOW_TRANSACTION);
  EXPECT_EQ(heard_[1].message, "slow");
}

TEST_F(CLoggerTest, HearsOfItsStore) {
  Open(Heeded());
  Put("A");
  WriteSnapshot();
  Close();
  EXPECT_THAT(Kinds(), ElementsAre(ORDERSTORE_NOTICE_OPENED,
                                   ORDERSTORE_NOTICE_SNAPSHOT_WRITTEN));
  EXPECT_THAT(heard_[0].message, HasSubstr(Shop()));
  EXPECT_THAT(heard_[1].message, HasSubstr(SnapshotFile(1)));
  // Who opens it to read hears too.
  const std::vector<orderstore_option> options = Heeded();
  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open_read_only(Shop().c_str(), options.data(),
                                        options.size(), &opened),
              Works());
  const StoreHandle reader(opened);
  EXPECT_EQ(Kinds().back(), ORDERSTORE_NOTICE_OPENED);
  EXPECT_EQ(heard_.size(), 3);
}

TEST_F(CLoggerTest, TheLastOneThatIsNamedHears) {
  std::vector<orderstore_option> options = Heeded();
  options.push_back({ORDERSTORE_OPTION_LOGGER, 0});
  Open(options);
  EXPECT_THAT(Kinds(), ElementsAre());
}

TEST_F(CLoggerTest, WhatItDoesLeavesTheMessageOfTheCall) {
  const orderstore_logger caller = {
      [](void*, const orderstore_notice*) {
        EXPECT_THAT(orderstore_sync(nullptr, nullptr),
                    Fails(ORDERSTORE_INVALID_ARGUMENT, "store is NULL"));
      },
      nullptr};
  const Logger logger = capi::ToLogger(caller);
  const Notice notice = {.severity = Severity::kWarning,
                         .kind = NoticeKind::kSlowTransaction,
                         .message = "slow"};
  EXPECT_EQ(capi::End(absl::NotFoundError("no row 7")), ORDERSTORE_NOT_FOUND);
  logger(notice);
  EXPECT_STREQ(orderstore_last_message(), "no row 7");
  EXPECT_EQ(capi::Succeed(), ORDERSTORE_OK);
  logger(notice);
  EXPECT_STREQ(orderstore_last_message(), "");
}

// ---- Errors ----------------------------------------------------------------

TEST_F(CLoggerTest, ALoggerWithoutAFunctionIsRefused) {
  const orderstore_logger none = {nullptr, nullptr};
  const orderstore_option option = OptionOf(none);
  orderstore_t* opened = nullptr;
  EXPECT_THAT(orderstore_open(Shop().c_str(), &option, 1, &opened),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "function"));
  EXPECT_EQ(opened, nullptr);
  EXPECT_FALSE(folder_.Has("shop"));
}

TEST_F(CLoggerTest, NoExceptionOfItStopsTheStore) {
  const orderstore_logger thrower = {
      [](void*, const orderstore_notice*) {
        throw std::logic_error("the logger is broken");
      },
      nullptr};
  std::vector<orderstore_option> options = Small();
  options.push_back(OptionOf(thrower));
  Open(options);
  EXPECT_EQ(Put("A"), 1);
  WriteSnapshot();
}

}  // namespace
}  // namespace orderstore
