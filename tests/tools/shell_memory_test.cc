// A session of the shell when the system gives no memory: it goes on after the
// error.

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "scarcity.h"
#include "shell/answer.h"
#include "shell/conversation.h"
#include "shell/lines.h"

namespace orderstore::shell {
namespace {

class NoLines : public Lines {
 public:
  void Add(std::string_view line) override { ADD_FAILURE() << line; }
};

TEST(ShellMemoryTest, ACommitThatThrowsHasEndedTheTransaction) {
  if (!kMemoryIsOurs) GTEST_SKIP() << "the sanitizer's memory is never scarce";
  const std::unique_ptr<Store> store = Store::OpenInMemory().value();
  Host host{.store = *store};
  Conversation conversation(host);
  NoLines no_lines;
  // A sale, for which the list of the best customers changes.
  const auto sell = [&] {
    EXPECT_FALSE(conversation.Begin().is_error());
    const Answer answer = conversation.Write(
        no_lines, [](Transaction& txn, std::vector<std::string>&) {
          const auto customer = txn.FindOrCreateCustomer("ann@x", "Ann");
          const auto order = txn.InsertOrder({.customer_id = *customer});
          EXPECT_TRUE(
              txn.InsertBarcode({.value = "A", .order_id = *order}).ok());
          return Answer::Ok();
        });
    EXPECT_FALSE(answer.is_error()) << answer.Line();
  };
  sell();
  {
    const Scarcity scarcity(0);
    EXPECT_THROW(conversation.Commit(std::nullopt), std::bad_alloc);
  }
  EXPECT_FALSE(conversation.has_transaction());
  EXPECT_EQ(store->OpenReadView().Counts().barcodes, 0);
  EXPECT_TRUE(conversation.Rollback().is_error()) << "nothing has begun";
  sell();
  EXPECT_EQ(conversation.Commit(std::nullopt).Line(), "committed 1");
  EXPECT_EQ(store->OpenReadView().Counts().barcodes, 1);
}

}  // namespace
}  // namespace orderstore::shell
