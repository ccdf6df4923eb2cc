// Random transactions on the store and on a naive reference: after every step
// both must give the same answers to every query, at the latest LSN, in views
// held from earlier ones, and inside the open transaction.
//
// The keys are so few that collisions, deletes and reinserts of the same id or
// text, texts changed there and back, and rows moved there and back happen all
// the time. A failure prints the seed, the step and the transaction's
// statements; ORDERSTORE_TEST_SEED runs one more seed.

#include "store/model.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/ids.h"
#include "orderstore/read_view.h"
#include "orderstore/records.h"
#include "orderstore/stats.h"
#include "orderstore/store.h"
#include "orderstore/transaction.h"
#include "scale.h"
#include "store/expect_reads.h"
#include "store/model_state.h"
#include "store/random_rows.h"
#include "store/seeded_random.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

// How large a run is: about so many rows, so many transactions of so many
// statements, and every query compared after one in so many statements.
struct Profile {
  const char* name;
  RandomRows::RowCounts rows;
  bool starts_full;
  int64_t transactions;
  int32_t statements_max;
  int32_t compare_one_in;
  size_t views_max;
};

constexpr Profile kFew = {.name = "Few",
                          .rows = {.customers = 6, .orders = 9, .barcodes = 24},
                          .starts_full = false,
                          .transactions = 800,
                          .statements_max = 14,
                          .compare_one_in = 6,
                          .views_max = 10};
// More than a hundred customers with tickets, for the longer rankings.
constexpr Profile kMany = {
    .name = "Many",
    .rows = {.customers = 180, .orders = 260, .barcodes = 800},
    .starts_full = true,
    .transactions = 50,
    .statements_max = 120,
    .compare_one_in = 200,
    .views_max = 5};

class ModelRun {
 public:
  ModelRun(uint64_t seed, const Profile& profile)
      : seed_(seed),
        profile_(profile),
        random_(seed),
        rows_(profile.rows, random_),
        store_(OpenStore()),
        state_(std::make_shared<const State>()) {}

  void Run() {
    const int64_t steps =
        std::max(Scaled(profile_.transactions), profile_.transactions / 8);
    for (step_ = 0; step_ < steps && !testing::Test::HasFailure(); ++step_) {
      // Late in a run, the sequences may end.
      if (step_ > steps * 3 / 4) rows_.LetIdsEnd();
      RunTransaction();
      CompareViews();
      CompareStats();
      if (random_.OneIn(20)) {
        EXPECT_THAT(store_->Check(), IsOk());
      }
    }
    if (testing::Test::HasFailure()) {
      std::string statements;
      for (const std::string& line : log_) statements += Concat("\n  ", line);
      ADD_FAILURE() << "seed " << seed_ << ", profile " << profile_.name
                    << ", step " << step_ << ", transaction:" << statements;
    }
  }

 private:
  using StatementFn = void (ModelRun::*)();
  struct Weighted {
    int32_t weight;
    StatementFn run;
  };
  struct HeldView {
    ReadView view;
    std::shared_ptr<const State> state;
  };

  // ---- A transaction ----

  void RunTransaction() {
    log_.clear();
    absl::StatusOr<Transaction> begun = store_->Begin();
    ASSERT_THAT(begun, IsOk());
    txn_ = std::make_unique<Transaction>(*std::move(begun));
    model_ = std::make_unique<ModelTransaction>(*state_);
    if (step_ == 0 && profile_.starts_full) InsertManyRows();
    const size_t statements = random_.OneTo(profile_.statements_max) - 1;
    for (size_t i = 0; i < statements; ++i) {
      RunStatement();
      if (testing::Test::HasFailure()) break;
      if (random_.OneIn(profile_.compare_one_in)) {
        ExpectReadsEqual(*txn_, model_->state(), rows_.probes(), random_);
      }
      if (random_.OneIn(30)) OpenView();
    }
    EndTransaction();
  }

  void EndTransaction() {
    if (random_.OneIn(4)) {
      log_.push_back("abort");
      if (random_.OneIn(2)) txn_->Abort();
      txn_.reset();
      model_.reset();
      return;
    }
    log_.push_back("commit");
    const absl::StatusOr<Lsn> lsn = txn_->Commit();
    txn_.reset();
    ASSERT_THAT(lsn, IsOk());
    auto committed = std::make_shared<State>(model_->state());
    // Statements that cancel each other out may or may not draw an LSN.
    if (*committed != *state_) {
      EXPECT_EQ(*lsn, state_->lsn + 1);
    } else if (!model_->wrote()) {
      EXPECT_EQ(*lsn, state_->lsn);
    }
    committed->lsn = *lsn;
    state_ = std::move(committed);
    model_.reset();
  }

  void RunStatement() {
    static constexpr Weighted kStatements[] = {
        {4, &ModelRun::InsertCustomer},
        {2, &ModelRun::FindOrCreateCustomer},
        {4, &ModelRun::UpdateCustomer},
        {3, &ModelRun::DeleteCustomer},
        {5, &ModelRun::InsertOrder},
        {5, &ModelRun::UpdateOrder},
        {3, &ModelRun::DeleteOrder},
        {8, &ModelRun::InsertBarcode},
        {9, &ModelRun::UpdateBarcode},
        {3, &ModelRun::DeleteBarcode},
        {1, &ModelRun::InsertCustomers},
        {1, &ModelRun::InsertOrders},
        {2, &ModelRun::InsertBarcodes},
        {2, &ModelRun::InsertBarcodesOnOrder},
        {5, &ModelRun::AssignBarcodes},
        {5, &ModelRun::AssignBarcode},
        {6, &ModelRun::Redeem},
        {4, &ModelRun::Unredeem},
        {1, &ModelRun::ClearOrder},
        {1, &ModelRun::ClearCustomer},
        {3, &ModelRun::RenameAndBack},
        {3, &ModelRun::MoveAndBack},
        {3, &ModelRun::DeleteAndInsertAgain}};
    int32_t weights = 0;
    for (const Weighted& statement : kStatements) weights += statement.weight;
    int32_t at = random_.Below(weights);
    for (const Weighted& statement : kStatements) {
      if ((at -= statement.weight) < 0) return (this->*statement.run)();
    }
  }

  // ---- Views ----

  void OpenView() {
    ReadView view = store_->OpenReadView();
    EXPECT_EQ(view.lsn(), state_->lsn);
    if (views_.size() < profile_.views_max) {
      views_.push_back({std::move(view), state_});
    } else {
      // The old one closes.
      views_[random_.OneTo(static_cast<int32_t>(views_.size())) - 1] = {
          std::move(view), state_};
    }
  }

  void CompareViews() {
    ExpectReadsEqual(store_->OpenReadView(), *state_, rows_.probes(), random_);
    if (!views_.empty()) {
      const HeldView& held = random_.Pick(views_);
      ExpectReadsEqual(held.view, *held.state, rows_.probes(), random_);
    }
    if (random_.OneIn(3)) OpenView();
    if (!views_.empty() && random_.OneIn(6)) {
      views_.erase(views_.begin() +
                   random_.Below(static_cast<int32_t>(views_.size())));
    }
    if (random_.OneIn(60)) views_.clear();
  }

  void CompareStats() {
    const StoreStats stats = store_->Stats();
    EXPECT_EQ(stats.lsn, state_->lsn);
    EXPECT_EQ(stats.counts, state_->CountRows());
    EXPECT_EQ(stats.read_views_open, std::ssize(views_));
    Lsn oldest = state_->lsn;
    for (const HeldView& held : views_) {
      oldest = std::min(oldest, held.state->lsn);
    }
    EXPECT_EQ(stats.oldest_read_view_lsn, oldest);
  }

  // ---- Store and model, statement by statement ----

  void Expect(std::string statement, const absl::Status& status,
              const Faults& faults) {
    log_.push_back(Concat(statement, " -> ", status.ToString()));
    if (faults.empty()) {
      EXPECT_THAT(status, IsOk()) << log_.back();
    } else {
      EXPECT_TRUE(faults.contains(status.code()))
          << log_.back() << "\nexpected " << testing::PrintToString(faults);
      EXPECT_NE(status.message(), "") << log_.back();
    }
    if (testing::Test::HasFailure()) return;
    EXPECT_EQ(model_->TakeTimestamps(*txn_), "") << log_.back();
  }

  template <typename T>
  void Expect(std::string statement, const absl::StatusOr<T>& result,
              const Expected<T>& expected) {
    Expect(std::move(statement), result.status(), expected.faults);
    if (result.ok()) {
      EXPECT_EQ(*result, expected.value) << log_.back();
    }
  }

  void InsertCustomer() { Insert(rows_.AnyNewCustomer(model_->state())); }
  void InsertOrder() { Insert(rows_.AnyNewOrder(model_->state())); }
  void InsertBarcode() { Insert(rows_.AnyNewBarcode(model_->state())); }

  void Insert(const NewCustomer& row) {
    Expect(Concat("InsertCustomer ", Text(row.email), Text(row.id)),
           txn_->InsertCustomer(row), model_->InsertCustomer(row));
  }
  void Insert(const NewOrder& row) {
    Expect(
        Concat("InsertOrder of customer ", Text(row.customer_id), Text(row.id)),
        txn_->InsertOrder(row), model_->InsertOrder(row));
  }
  void Insert(const NewBarcode& row) {
    Expect(Concat("InsertBarcode ", Text(row.value), " order ",
                  Text(row.order_id), Text(row.id)),
           txn_->InsertBarcode(row), model_->InsertBarcode(row));
  }

  void FindOrCreateCustomer() {
    const std::string_view email = rows_.AnyEmail();
    const std::string_view name = rows_.AnyGoodName();
    Expect(Concat("FindOrCreateCustomer ", Text(email)),
           txn_->FindOrCreateCustomer(email, name),
           model_->FindOrCreateCustomer(email, name));
  }

  void UpdateCustomer() {
    CustomerUpdate update;
    if (random_.OneIn(2)) update.email = rows_.AnyEmail();
    if (random_.OneIn(2)) update.name = rows_.AnyName();
    update.updated_at = rows_.AnyTime();
    Update(rows_.AnyId(model_->state().customers), update);
  }
  void Update(CustomerId id, const CustomerUpdate& update) {
    Expect(
        Concat("UpdateCustomer ", Text(id), Text(update.email.value_or("-"))),
        txn_->UpdateCustomer(id, update), model_->UpdateCustomer(id, update));
  }

  void UpdateOrder() {
    OrderUpdate update;
    if (!random_.OneIn(5))
      update.customer_id = rows_.AnyId(model_->state().customers);
    update.updated_at = rows_.AnyTime();
    Update(rows_.AnyId(model_->state().orders), update);
  }
  void Update(OrderId id, const OrderUpdate& update) {
    Expect(
        Concat("UpdateOrder ", Text(id), "customer ", Text(update.customer_id)),
        txn_->UpdateOrder(id, update), model_->UpdateOrder(id, update));
  }

  void UpdateBarcode() {
    BarcodeUpdate update;
    if (random_.OneIn(3)) update.value = rows_.AnyValue();
    if (random_.OneIn(2))
      update.order_id = rows_.AnyOrderOrNone(model_->state());
    if (random_.OneIn(3)) update.is_used = random_.OneIn(2);
    update.updated_at = rows_.AnyTime();
    Update(rows_.AnyId(model_->state().barcodes), update);
  }
  void Update(BarcodeId id, const BarcodeUpdate& update) {
    Expect(Concat("UpdateBarcode ", Text(id), Text(update.value.value_or("-")),
                  " order ", (update.order_id ? Text(*update.order_id) : "-")),
           txn_->UpdateBarcode(id, update), model_->UpdateBarcode(id, update));
  }

  void DeleteCustomer() { Delete(rows_.AnyId(model_->state().customers)); }
  void DeleteOrder() { Delete(rows_.AnyId(model_->state().orders)); }
  void DeleteBarcode() { Delete(rows_.AnyId(model_->state().barcodes)); }

  void Delete(CustomerId id) {
    Expect(Concat("DeleteCustomer ", Text(id)), txn_->DeleteCustomer(id),
           model_->DeleteCustomer(id));
  }
  void Delete(OrderId id) {
    Expect(Concat("DeleteOrder ", Text(id)), txn_->DeleteOrder(id),
           model_->DeleteOrder(id));
  }
  void Delete(BarcodeId id) {
    Expect(Concat("DeleteBarcode ", Text(id)), txn_->DeleteBarcode(id),
           model_->DeleteBarcode(id));
  }

  // Several rows, of which one in the middle may be at fault.
  void InsertCustomers() {
    std::vector<NewCustomer> rows(random_.OneTo(6) - 1);
    for (NewCustomer& row : rows) row = rows_.AnyNewCustomer(model_->state());
    Expect("InsertCustomers", txn_->InsertCustomers(rows),
           model_->InsertCustomers(rows));
  }
  void InsertOrders() {
    std::vector<NewOrder> rows(random_.OneTo(6) - 1);
    for (NewOrder& row : rows) row = rows_.AnyNewOrder(model_->state());
    Expect("InsertOrders", txn_->InsertOrders(rows),
           model_->InsertOrders(rows));
  }
  void InsertBarcodes() {
    std::vector<NewBarcode> rows(random_.OneTo(40) - 1);
    if (!random_.OneIn(3)) rows.resize(rows.size() / 10);
    for (NewBarcode& row : rows) row = rows_.AnyNewBarcode(model_->state());
    Expect("InsertBarcodes", txn_->InsertBarcodes(rows),
           model_->InsertBarcodes(rows));
  }
  void InsertBarcodesOnOrder() {
    const OrderId order = rows_.AnyId(model_->state().orders);
    std::vector<std::string_view> values(random_.OneTo(6) - 1);
    for (std::string_view& value : values) value = rows_.AnyValue();
    Expect(Concat("InsertBarcodes on order ", Text(order)),
           txn_->InsertBarcodes(order, values),
           model_->InsertBarcodes(order, values));
  }

  // So many customers with tickets that the rankings have an end.
  void InsertManyRows() {
    for (int32_t i = 0; i < profile_.rows.customers; ++i) {
      Insert(
          NewCustomer{.email = rows_.probes().emails[Index(i)], .name = "N"});
    }
    for (int32_t i = 0; i < profile_.rows.orders; ++i) {
      Insert(
          NewOrder{.customer_id = rows_.AnyRow(model_->state().customers).id});
    }
    for (int32_t i = 0; i < profile_.rows.barcodes; ++i) {
      Insert(NewBarcode{.value = rows_.probes().values[Index(i)],
                        .order_id = rows_.AnyOrderOrNone(model_->state())});
    }
  }

  void AssignBarcodes() {
    const OrderId order = rows_.AnyId(model_->state().orders);
    const size_t n = random_.OneTo(5) - 1;
    const auto expected = model_->AssignBarcodes(order, n);
    const auto rows = txn_->AssignBarcodes(order, n);
    Expect(Concat("AssignBarcodes ", Text(order), std::to_string(n)),
           rows.status(), expected.faults);
    if (!rows.ok()) return;
    ASSERT_EQ(rows->size(), expected.value.size()) << log_.back();
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(ToOwned((*rows)[i]),
                *model_->state().FindBarcode(expected.value[i]))
          << log_.back();
    }
  }

  void AssignBarcode() {
    const std::string_view value = rows_.AnyKnownValue(model_->state());
    const OrderId order = rows_.AnyId(model_->state().orders);
    Expect(Concat("AssignBarcode ", Text(value), "order ", Text(order)),
           txn_->AssignBarcode(value, order),
           model_->AssignBarcode(value, order));
  }
  void Redeem() {
    const std::string_view value = rows_.AnyKnownValue(model_->state());
    Expect(Concat("Redeem ", Text(value)), txn_->Redeem(value),
           model_->Redeem(value));
  }
  void Unredeem() {
    const std::string_view value = rows_.AnyKnownValue(model_->state());
    Expect(Concat("Unredeem ", Text(value)), txn_->Unredeem(value),
           model_->Unredeem(value));
  }

  // ---- Several statements in a row, for states that chance alone is slow to
  // reach ----

  void ClearOrder() { ClearOrder(rows_.AnyId(model_->state().orders)); }
  void ClearOrder(OrderId order) {
    for (const OwnedBarcode& row :
         model_->state().BarcodesOf(order, BarcodeFilter::kAll)) {
      Delete(row.id);
    }
    Delete(order);
  }
  void ClearCustomer() {
    const CustomerId customer = rows_.AnyId(model_->state().customers);
    for (const Order& row : model_->state().OrdersOf(customer)) {
      ClearOrder(row.id);
    }
    Delete(customer);
  }

  void RenameAndBack() {
    if (random_.OneIn(2) && !model_->state().customers.empty()) {
      const OwnedCustomer row = rows_.AnyRow(model_->state().customers);
      Update(row.id, CustomerUpdate{.email = rows_.AnyEmail()});
      Update(row.id, CustomerUpdate{.email = row.email});
    } else if (!model_->state().barcodes.empty()) {
      const OwnedBarcode row = rows_.AnyRow(model_->state().barcodes);
      Update(row.id, BarcodeUpdate{.value = rows_.AnyValue()});
      Update(row.id, BarcodeUpdate{.value = row.value});
    }
  }

  void MoveAndBack() {
    if (random_.OneIn(2) && !model_->state().orders.empty()) {
      const Order row = rows_.AnyRow(model_->state().orders);
      Update(row.id, OrderUpdate{.customer_id =
                                     rows_.AnyId(model_->state().customers)});
      Update(row.id, OrderUpdate{.customer_id = row.customer_id});
    } else if (!model_->state().barcodes.empty()) {
      const OwnedBarcode row = rows_.AnyRow(model_->state().barcodes);
      Update(row.id,
             BarcodeUpdate{.order_id = rows_.AnyOrderOrNone(model_->state())});
      Update(row.id, BarcodeUpdate{.order_id = row.order_id});
    }
  }

  void DeleteAndInsertAgain() {
    if (random_.OneIn(3) && !model_->state().customers.empty()) {
      const OwnedCustomer row = rows_.AnyRow(model_->state().customers);
      Delete(row.id);
      Insert(NewCustomer{.email = row.email, .name = row.name, .id = row.id});
    } else if (random_.OneIn(2) && !model_->state().orders.empty()) {
      const Order row = rows_.AnyRow(model_->state().orders);
      Delete(row.id);
      Insert(NewOrder{.customer_id = row.customer_id, .id = row.id});
    } else if (!model_->state().barcodes.empty()) {
      const OwnedBarcode row = rows_.AnyRow(model_->state().barcodes);
      Delete(row.id);
      Insert(NewBarcode{
          .value = row.value, .order_id = row.order_id, .id = row.id});
    }
  }

  // ---- For the log ----

  static size_t Index(int32_t i) { return static_cast<size_t>(i); }

  static std::string Text(std::string_view text) {
    return Concat(text.substr(0, 12), text.size() > 12 ? "... " : " ");
  }
  template <typename Tag>
  static std::string Text(std::optional<Id<Tag>> id) {
    return id ? Concat("#", std::to_string(id->value()), " ") : "no id ";
  }
  template <typename Tag>
  static std::string Text(Id<Tag> id) {
    return Text(std::optional<Id<Tag>>(id));
  }

  const uint64_t seed_;
  const Profile profile_;
  SeededRandom random_;
  RandomRows rows_;
  int64_t step_ = 0;
  std::vector<std::string> log_;

  std::unique_ptr<Store> store_;
  std::shared_ptr<const State> state_;  // of the latest commit
  std::unique_ptr<Transaction> txn_;
  std::unique_ptr<ModelTransaction> model_;
  std::vector<HeldView> views_;
};

class ModelTest : public testing::TestWithParam<uint64_t> {};

TEST_P(ModelTest, FewRowsAnswerAsTheModelDoes) {
  ModelRun(GetParam(), kFew).Run();
}

TEST_P(ModelTest, ManyRowsAnswerAsTheModelDoes) {
  ModelRun(GetParam(), kMany).Run();
}

INSTANTIATE_TEST_SUITE_P(Seed, ModelTest, testing::ValuesIn(TestSeeds(4)),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace orderstore
