// How calls of the C API end: codes, messages, exceptions.

#include "capi/code.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "capi/c_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/schema_revision.h"

namespace orderstore {
namespace {

using testing::MatchesRegex;

class CodeTest : public CStoreTest {
 protected:
  // A call that fails with `NOT_FOUND` and this value in its message.
  void FailWith(const char* value) const {
    const TxnHandle txn = Begin();
    EXPECT_THAT(orderstore_redeem(txn.get(), orderstore_text_of(value)),
                Fails(ORDERSTORE_NOT_FOUND, value));
  }
};

TEST_F(CodeTest, EachCodeHasItsName) {
  EXPECT_STREQ(orderstore_code_name(ORDERSTORE_OK), "ORDERSTORE_OK");
  EXPECT_STREQ(orderstore_code_name(ORDERSTORE_SCHEMA_MISMATCH),
               "ORDERSTORE_SCHEMA_MISMATCH");
  std::set<std::string> names;
  const std::initializer_list<orderstore_code> codes = {
      ORDERSTORE_OK,
      ORDERSTORE_CANCELLED,
      ORDERSTORE_UNKNOWN,
      ORDERSTORE_INVALID_ARGUMENT,
      ORDERSTORE_DEADLINE_EXCEEDED,
      ORDERSTORE_NOT_FOUND,
      ORDERSTORE_ALREADY_EXISTS,
      ORDERSTORE_PERMISSION_DENIED,
      ORDERSTORE_RESOURCE_EXHAUSTED,
      ORDERSTORE_FAILED_PRECONDITION,
      ORDERSTORE_OUT_OF_RANGE,
      ORDERSTORE_INTERNAL,
      ORDERSTORE_UNAVAILABLE,
      ORDERSTORE_DATA_LOSS,
      ORDERSTORE_OUT_OF_MEMORY,
      ORDERSTORE_SCHEMA_MISMATCH,
      ORDERSTORE_UNKNOWN_FORMAT};
  for (const orderstore_code code : codes) {
    EXPECT_THAT(orderstore_code_name(code), MatchesRegex("ORDERSTORE_[A-Z_]+"));
    names.insert(orderstore_code_name(code));
  }
  EXPECT_EQ(names.size(), codes.size());
  for (const int32_t none : {-1, 10, 12, 16, 99, 103}) {
    EXPECT_STREQ(orderstore_code_name(none), "an unknown code");
  }
}

TEST_F(CodeTest, TheVersionIsThatOfTheProject) {
  EXPECT_THAT(orderstore_version(), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

// ---- Messages --------------------------------------------------------------

TEST_F(CodeTest, TheMessageIsThatOfTheLastCall) {
  FailWith("first");
  FailWith("second");
  EXPECT_THAT(orderstore_last_message(), testing::HasSubstr("second"));
  EXPECT_THAT(orderstore_sync(store_.get(), nullptr), Works());
  EXPECT_STREQ(orderstore_last_message(), "");
}

TEST_F(CodeTest, FunctionsWithoutACodeLeaveTheMessage) {
  ViewHandle view = View();
  TxnHandle aborted = Begin();
  orderstore_cancel_t* cancel = nullptr;
  ASSERT_THAT(orderstore_cancel_create(&cancel), Works());
  EXPECT_THAT(orderstore_redeem(aborted.get(), Text("gone")),
              Fails(ORDERSTORE_NOT_FOUND, "gone"));
  orderstore_txn_abort(aborted.get());
  orderstore_txn_reader(aborted.get());
  aborted.reset();
  orderstore_view_reader(view.get());
  view.reset();
  orderstore_cancel_request(cancel);
  orderstore_cancel_destroy(cancel);
  orderstore_text_of("text");
  orderstore_code_name(0);
  orderstore_version();
  orderstore_log_destroy(nullptr);
  EXPECT_THAT(orderstore_last_message(), testing::HasSubstr("gone"));
}

TEST_F(CodeTest, ALookupThatFindsNothingHasAMessageToo) {
  const ViewHandle view = View();
  orderstore_order row = {};
  EXPECT_THAT(
      orderstore_find_order(orderstore_view_reader(view.get()), 1, &row),
      Fails(ORDERSTORE_NOT_FOUND, "no such row"));
}

TEST_F(CodeTest, ALongMessageIsCutBetweenCharacters) {
  const std::string most(capi::kMessageBytesMax, 'x');
  EXPECT_EQ(capi::End(absl::NotFoundError(most)), ORDERSTORE_NOT_FOUND);
  EXPECT_EQ(orderstore_last_message(), most);
  for (const std::string character : {"y", "\xc3\xb6", "\xe2\x82\xac"}) {
    SCOPED_TRACE(character);
    // Its last byte is one too many.
    std::string text = most.substr(character.size() - 1);
    EXPECT_EQ(capi::End(absl::NotFoundError(text + character + "z")),
              ORDERSTORE_NOT_FOUND);
    EXPECT_EQ(orderstore_last_message(), text);
  }
  EXPECT_EQ(capi::End(absl::NotFoundError(std::string(5000, '\x80'))),
            ORDERSTORE_NOT_FOUND);
  EXPECT_STREQ(orderstore_last_message(), "") << "no character ends there";
}

using CodeDeathTest = CodeTest;

// Its exit code says whether the message was there in an exit handler.
TEST_F(CodeDeathTest, ExitHandlersHaveMessages) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto child = [] {
    // After this thread's objects of C++ are gone.
    if (std::atexit([] {
          const bool is_there = orderstore_sync(nullptr, nullptr) ==
                                    ORDERSTORE_INVALID_ARGUMENT &&
                                std::string_view(orderstore_last_message())
                                    .starts_with("the argument store is NULL");
          std::_Exit(is_there ? 0 : 2);
        }) != 0) {
      std::_Exit(3);
    }
    if (orderstore_close(nullptr) != ORDERSTORE_INVALID_ARGUMENT) std::_Exit(4);
    std::exit(5);
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

// ---- Texts -----------------------------------------------------------------

TEST_F(CodeTest, AStringIsATextWithoutItsEnd) {
  const char* const string = "J\xc3\xb6rg";
  const orderstore_text text = orderstore_text_of(string);
  EXPECT_EQ(text.data, string);
  EXPECT_EQ(text.size, std::strlen(string));
  EXPECT_EQ(orderstore_text_of("").size, 0);
  EXPECT_EQ(orderstore_text_of(nullptr).size, 0);
}

// ---- What becomes of statuses and exceptions -------------------------------

TEST_F(CodeTest, AStatusKeepsItsCodeAndMessage) {
  EXPECT_THAT(capi::End(absl::OkStatus()), Works());
  EXPECT_THAT(capi::End(absl::DataLossError("file 7")),
              Fails(ORDERSTORE_DATA_LOSS, "file 7"));
  EXPECT_THAT(capi::End(absl::FailedPreconditionError("in use")),
              Fails(ORDERSTORE_FAILED_PRECONDITION, "in use"));
  EXPECT_THAT(capi::End(SchemaMismatch("revision 9")),
              Fails(ORDERSTORE_SCHEMA_MISMATCH, "revision 9"));
  EXPECT_THAT(capi::End(UnknownFormat("format 9")),
              Fails(ORDERSTORE_UNKNOWN_FORMAT, "format 9"));
}

TEST_F(CodeTest, NoExceptionLeavesACall) {
  EXPECT_THAT(
      capi::Guarded([]() -> orderstore_code { throw std::bad_alloc(); }),
      Fails(ORDERSTORE_OUT_OF_MEMORY, "out of memory"));
  EXPECT_THAT(capi::Guarded(
                  []() -> orderstore_code { throw std::length_error("long"); }),
              Fails(ORDERSTORE_OUT_OF_MEMORY, "out of memory"));
  EXPECT_THAT(
      capi::Guarded([]() -> orderstore_code { throw std::logic_error("odd"); }),
      Fails(ORDERSTORE_INTERNAL, "odd"));
  EXPECT_THAT(capi::Guarded([]() -> orderstore_code { throw 7; }),
              Fails(ORDERSTORE_INTERNAL, "unknown type"));
}

TEST_F(CodeTest, ACountBeyondAllMemoryIsRefused) {
  const TxnHandle txn = Begin();
  const orderstore_new_barcode row = CBarcode("A");
  EXPECT_THAT(
      orderstore_insert_barcodes(txn.get(), &row, SIZE_MAX / 2, nullptr),
      Fails(ORDERSTORE_OUT_OF_MEMORY, "out of memory"));
  // Nothing was touched: it goes on.
  EXPECT_THAT(orderstore_insert_barcode(txn.get(), &row, nullptr), Works());
  EXPECT_THAT(Commit(txn), Works());
}

}  // namespace
}  // namespace orderstore
