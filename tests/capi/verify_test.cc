// Verifying and salvaging by the C API, held against the C++ API's reports on
// the same files.

#include "orderstore/verify.h"

#include <cstdint>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "capi/c_folder.h"
#include "capi/c_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/c.h"
#include "orderstore/problem.h"
#include "orderstore/salvage.h"

namespace orderstore {
namespace {

// A finding whose texts were copied.
struct Heard {
  int32_t kind;
  Problem problem;  // what the kind does not have is empty

  friend bool operator==(const Heard&, const Heard&) = default;
};

void PrintTo(const Heard& heard, std::ostream* out) {
  *out << heard.kind << " " << heard.problem.file << " at "
       << heard.problem.offset.value_or(-1) << ": " << heard.problem.what;
  if (heard.problem.lsns) {
    *out << "; LSN " << heard.problem.lsns->first << " to "
         << heard.problem.lsns->last.value_or(0);
  }
}

// The function that findings are given to; `context` is a vector of Heard.
void Hear(void* context, const orderstore_finding* finding) {
  Heard heard{.kind = finding->kind, .problem = {}};
  heard.problem.file = finding->file;
  heard.problem.what = finding->what;
  if (finding->offset >= 0) heard.problem.offset = finding->offset;
  if (finding->first_lsn != 0) {
    heard.problem.lsns = LsnRange{.first = finding->first_lsn, .last = {}};
    if (finding->last_lsn != 0) heard.problem.lsns->last = finding->last_lsn;
  }
  static_cast<std::vector<Heard>*>(context)->push_back(heard);
}

class FindingsTest : public CFolderTest {
 protected:
  // Three transactions, of which the first cannot be read.
  void MakeDamaged() {
    Open();
    for (const char* value : {"A", "B", "C"}) Put(value);
    Close();
    FlipByte(SegmentFile(1), 4096 + 80);
  }
  // The same behind a snapshot, of which the transaction after it cannot be
  // read.
  void MakeDamagedBehindASnapshot() {
    Open();
    Put("A");
    WriteSnapshot();
    for (const char* value : {"B", "C", "D"}) Put(value);
    Close();
    FlipByte(SegmentFile(1), 2 * 4096 + 80);
  }

  orderstore_verify_report Verify(int32_t replay = 1) {
    heard_.clear();
    orderstore_verify_report report = {};
    EXPECT_THAT(orderstore_verify(Shop().c_str(), replay, Hear, &heard_,
                                  &report, sizeof report),
                Works());
    return report;
  }

  static std::vector<Heard> Expected(int32_t kind,
                                     const std::vector<Problem>& problems) {
    std::vector<Heard> expected;
    for (const Problem& problem : problems) expected.push_back({kind, problem});
    return expected;
  }
  static void Append(const std::vector<Heard>& more,
                     std::vector<Heard>& expected) {
    expected.insert(expected.end(), more.begin(), more.end());
  }
  static std::vector<Heard> Expected(int32_t kind,
                                     const std::vector<LsnRange>& ranges) {
    std::vector<Heard> expected;
    for (const LsnRange& range : ranges) {
      Problem problem;
      problem.lsns = range;
      expected.push_back({kind, problem});
    }
    return expected;
  }

  void ExpectVerified(const orderstore_verify_report& report,
                      const VerifyReport& expected) const {
    EXPECT_EQ(report.problems, std::ssize(expected.problems));
    EXPECT_EQ(report.warnings, std::ssize(expected.warnings));
    EXPECT_EQ(report.opens, expected.opens ? 1 : 0);
    EXPECT_EQ(report.open_lsn, expected.open_lsn);
    EXPECT_EQ(report.has_provable_lsn, expected.provable_lsn ? 1 : 0);
    EXPECT_EQ(report.provable_lsn, expected.provable_lsn.value_or(0));
    EXPECT_EQ(report.newest_lsn, expected.newest_lsn);
    EXPECT_EQ(report.torn_bytes, expected.torn_bytes);
    EXPECT_EQ(report.unfinished_bytes, expected.unfinished_bytes);
    EXPECT_EQ(report.store_uuid, expected.store_uuid);
    std::vector<Heard> findings =
        Expected(ORDERSTORE_FINDING_PROBLEM, expected.problems);
    Append(Expected(ORDERSTORE_FINDING_WARNING, expected.warnings), findings);
    if (!expected.opens) {
      Problem refusal;
      refusal.what = expected.open_error;
      findings.push_back({ORDERSTORE_FINDING_DOES_NOT_OPEN, refusal});
    }
    EXPECT_EQ(heard_, findings);
  }

  std::vector<Heard> heard_;
};

// ---- Verifying -------------------------------------------------------------

TEST_F(FindingsTest, ASoundStoreHasNoProblem) {
  Open();
  Put("A");
  const orderstore_verify_report report = Verify();
  EXPECT_EQ(report.problems, 0);
  EXPECT_EQ(report.opens, 1);
  EXPECT_EQ(report.open_lsn, 1);
  ExpectVerified(report, VerifyStore(Shop()).value());
}

TEST_F(FindingsTest, DamageAndStrangersAreFound) {
  MakeDamaged();
  folder_.Put("shop/letter.txt", "Dear Ann");
  for (const int32_t replay : {0, 1}) {
    SCOPED_TRACE(replay);
    const orderstore_verify_report report = Verify(replay);
    EXPECT_GT(report.problems, 0);
    EXPECT_GT(report.warnings, 0);
    EXPECT_EQ(report.opens, 0);
    ExpectVerified(report,
                   VerifyStore(Shop(), {.replay = replay == 1}).value());
  }
}

TEST_F(FindingsTest, NobodyHasToListen) {
  MakeDamaged();
  orderstore_verify_report report = {};
  ASSERT_THAT(orderstore_verify(Shop().c_str(), 1, nullptr, nullptr, &report,
                                sizeof report),
              Works());
  EXPECT_GT(report.problems, 0);
}

TEST_F(FindingsTest, WhatCannotBeVerifiedIsAnError) {
  orderstore_verify_report report = {};
  EXPECT_THAT(orderstore_verify(Shop().c_str(), 1, nullptr, nullptr, &report,
                                sizeof report),
              Fails(ORDERSTORE_NOT_FOUND, "shop"));
  EXPECT_THAT(
      orderstore_verify(nullptr, 1, nullptr, nullptr, &report, sizeof report),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  EXPECT_THAT(orderstore_verify("x", 1, nullptr, nullptr, nullptr, 0),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "report is NULL"));
  // Nothing was looked at: there is no folder.
  EXPECT_THAT(
      orderstore_verify(Shop().c_str(), 0, nullptr, nullptr, &report, 8),
      Fails(ORDERSTORE_INVALID_ARGUMENT, "too small"));
}

TEST_F(FindingsTest, AStoreOfAnotherFormatIsNotVerified) {
  MakeOfAnotherFormat();
  orderstore_verify_report report = {};
  EXPECT_THAT(orderstore_verify(Shop().c_str(), 1, nullptr, nullptr, &report,
                                sizeof report),
              Fails(ORDERSTORE_UNKNOWN_FORMAT, "STORE"));
  const std::string saved = folder_ / "saved";
  orderstore_salvage_report salvaged = {};
  EXPECT_THAT(orderstore_salvage(Shop().c_str(), saved.c_str(), nullptr,
                                 nullptr, nullptr, &salvaged, sizeof salvaged),
              Fails(ORDERSTORE_UNKNOWN_FORMAT, "STORE"));
}

TEST_F(FindingsTest, NoExceptionOfAListenerLeavesACall) {
  MakeDamaged();
  orderstore_verify_report report = {};
  const auto listener = [](void*, const orderstore_finding*) {
    throw std::logic_error("the listener is deaf");
  };
  EXPECT_THAT(orderstore_verify(Shop().c_str(), 0, listener, nullptr, &report,
                                sizeof report),
              Fails(ORDERSTORE_INTERNAL, "deaf"));
  EXPECT_GT(report.problems, 0) << "it was given before";
}

// ---- Salvaging -------------------------------------------------------------

TEST_F(FindingsTest, WhatIsProvenIsSaved) {
  MakeDamagedBehindASnapshot();
  const std::string saved = folder_ / "saved";
  orderstore_salvage_report report = {};
  ASSERT_THAT(orderstore_salvage(Shop().c_str(), saved.c_str(), nullptr, Hear,
                                 &heard_, &report, sizeof report),
              Works());
  const SalvageReport expected =
      SalvageStore(Shop(), folder_ / "expected").value();
  EXPECT_EQ(report.lsn, 1);
  ExpectCounts(report.counts, expected.counts);
  EXPECT_EQ(report.snapshot_lsn, expected.snapshot_lsn);
  EXPECT_EQ(report.newest_lsn, expected.newest_lsn);
  EXPECT_EQ(report.problems, std::ssize(expected.problems));
  EXPECT_EQ(report.is_whole, 0);
  EXPECT_EQ(report.store_uuid, expected.store_uuid);
  EXPECT_EQ(std::string(report.new_store_uuid).size(), 36);
  EXPECT_NE(std::string(report.new_store_uuid), report.store_uuid);
  std::vector<Heard> findings =
      Expected(ORDERSTORE_FINDING_PROBLEM, expected.problems);
  Append(Expected(ORDERSTORE_FINDING_LOST, expected.lost), findings);
  Append(Expected(ORDERSTORE_FINDING_UNAPPLIED, expected.unapplied), findings);
  EXPECT_EQ(heard_, findings);
  EXPECT_FALSE(expected.lost.empty());
  EXPECT_FALSE(expected.unapplied.empty());

  orderstore_t* opened = nullptr;
  ASSERT_THAT(orderstore_open(saved.c_str(), nullptr, 0, &opened), Works());
  EXPECT_EQ(BarcodesIn(StoreHandle(opened)), 1);
}

TEST_F(FindingsTest, WhatCannotBeSavedIsAnError) {
  Open();
  Put("A");
  Close();
  const std::string saved = folder_ / "saved";
  const std::string shop = Shop();
  orderstore_salvage_report report = {};
  const auto salvage = [&](const char* from, const char* to,
                           const orderstore_cancel_t* cancel) {
    return orderstore_salvage(from, to, cancel, nullptr, nullptr, &report,
                              sizeof report);
  };
  EXPECT_THAT(salvage(shop.c_str(), shop.c_str(), nullptr),
              Fails(ORDERSTORE_ALREADY_EXISTS, "shop"));
  EXPECT_THAT(salvage((shop + "x").c_str(), saved.c_str(), nullptr),
              Fails(ORDERSTORE_NOT_FOUND, "shopx"));
  EXPECT_THAT(salvage(nullptr, saved.c_str(), nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "folder is NULL"));
  EXPECT_THAT(salvage(shop.c_str(), nullptr, nullptr),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "new_folder is NULL"));
  EXPECT_THAT(orderstore_salvage(shop.c_str(), saved.c_str(), nullptr, nullptr,
                                 nullptr, nullptr, 0),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "report is NULL"));
  orderstore_cancel_t* made = nullptr;
  ASSERT_THAT(orderstore_cancel_create(&made), Works());
  const CancelHandle cancel(made);
  orderstore_cancel_request(cancel.get());
  EXPECT_THAT(salvage(shop.c_str(), saved.c_str(), cancel.get()),
              Fails(ORDERSTORE_CANCELLED, ""));
  const std::string unmade = folder_ / "unmade";
  EXPECT_THAT(orderstore_salvage(shop.c_str(), unmade.c_str(), nullptr, nullptr,
                                 nullptr, &report, sizeof report - 1),
              Fails(ORDERSTORE_INVALID_ARGUMENT, "too small"));
  EXPECT_FALSE(folder_.Has("unmade"));
}

}  // namespace
}  // namespace orderstore
