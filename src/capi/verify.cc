// Verifying and salvaging.

#include "orderstore/c/verify.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "capi/code.h"
#include "capi/handles.h"
#include "capi/rows.h"
#include "orderstore/ids.h"
#include "orderstore/problem.h"
#include "orderstore/salvage.h"
#include "orderstore/verify.h"

namespace orderstore::capi {
namespace {

static_assert(sizeof(orderstore_finding) == 48);
static_assert(sizeof(orderstore_verify_report) == 96);
static_assert(sizeof(orderstore_salvage_report) == 152);

// Who is given findings.
class Listener {
 public:
  Listener(orderstore_finding_fn function, void* context)
      : function_(function), context_(context) {}

  void Hear(orderstore_finding_kind kind, const Problem& problem) const {
    orderstore_finding finding = Of(kind);
    finding.file = problem.file.c_str();
    finding.what = problem.what.c_str();
    if (problem.offset) finding.offset = *problem.offset;
    if (problem.lsns) SetLsns(*problem.lsns, finding);
    Hear(finding);
  }
  void Hear(orderstore_finding_kind kind, const LsnRange& lsns) const {
    orderstore_finding finding = Of(kind);
    SetLsns(lsns, finding);
    Hear(finding);
  }
  void Hear(orderstore_finding_kind kind, const std::string& what) const {
    orderstore_finding finding = Of(kind);
    finding.what = what.c_str();
    Hear(finding);
  }
  template <typename Finding>
  void HearAll(orderstore_finding_kind kind,
               const std::vector<Finding>& findings) const {
    for (const Finding& finding : findings) Hear(kind, finding);
  }

 private:
  static orderstore_finding Of(orderstore_finding_kind kind) {
    orderstore_finding finding = {};
    finding.kind = kind;
    finding.file = "";
    finding.what = "";
    finding.offset = -1;
    return finding;
  }
  static void SetLsns(const LsnRange& lsns, orderstore_finding& finding) {
    finding.first_lsn = lsns.first;
    finding.last_lsn = lsns.last.value_or(0);
  }
  void Hear(const orderstore_finding& finding) const {
    if (function_ != nullptr) function_(context_, &finding);
  }

  const orderstore_finding_fn function_;
  void* const context_;
};

// Its array has room for a UUID and zeros behind it.
template <size_t kSize>
void SetUuid(const std::string& uuid, char (&text)[kSize]) {
  std::copy_n(uuid.data(), std::min(uuid.size(), kSize - 1), text);
}

orderstore_verify_report VerifiedOf(const VerifyReport& report) {
  orderstore_verify_report result = {};
  result.problems = static_cast<int64_t>(report.problems.size());
  result.warnings = static_cast<int64_t>(report.warnings.size());
  result.open_lsn = report.open_lsn;
  result.provable_lsn = report.provable_lsn.value_or(0);
  result.newest_lsn = report.newest_lsn;
  result.torn_bytes = report.torn_bytes;
  result.unfinished_bytes = report.unfinished_bytes;
  result.opens = static_cast<uint8_t>(report.opens);
  result.has_provable_lsn =
      static_cast<uint8_t>(report.provable_lsn.has_value());
  SetUuid(report.store_uuid, result.store_uuid);
  return result;
}

orderstore_salvage_report SalvagedOf(const SalvageReport& report) {
  orderstore_salvage_report result = {};
  result.lsn = report.lsn;
  result.counts = ToC(report.counts);
  result.snapshot_lsn = report.snapshot_lsn;
  result.newest_lsn = report.newest_lsn;
  result.problems = static_cast<int64_t>(report.problems.size());
  result.is_whole = static_cast<uint8_t>(report.is_whole());
  SetUuid(report.store_uuid, result.store_uuid);
  SetUuid(report.new_store_uuid, result.new_store_uuid);
  return result;
}

}  // namespace
}  // namespace orderstore::capi

namespace capi = orderstore::capi;

orderstore_code orderstore_verify(const char* folder, int32_t replay,
                                  orderstore_finding_fn on_finding,
                                  void* context,
                                  orderstore_verify_report* report,
                                  size_t report_size) {
  return capi::Guarded([&] {
    if (folder == nullptr) return capi::IsNull("folder");
    if (report == nullptr) return capi::IsNull("report");
    const orderstore_code code =
        capi::CheckReportSize<orderstore_verify_report>(report_size);
    if (code != ORDERSTORE_OK) return code;
    const absl::StatusOr<orderstore::VerifyReport> verified =
        orderstore::VerifyStore(folder, {.replay = replay != 0});
    if (!verified.ok()) return capi::Fail(verified.status());
    capi::GiveReport(capi::VerifiedOf(*verified), report, report_size);
    const capi::Listener listener(on_finding, context);
    listener.HearAll(ORDERSTORE_FINDING_PROBLEM, verified->problems);
    listener.HearAll(ORDERSTORE_FINDING_WARNING, verified->warnings);
    if (!verified->opens) {
      listener.Hear(ORDERSTORE_FINDING_DOES_NOT_OPEN, verified->open_error);
    }
    return capi::Succeed();
  });
}

orderstore_code orderstore_salvage(const char* folder, const char* new_folder,
                                   const orderstore_cancel_t* cancel,
                                   orderstore_finding_fn on_finding,
                                   void* context,
                                   orderstore_salvage_report* report,
                                   size_t report_size) {
  return capi::Guarded([&] {
    if (folder == nullptr) return capi::IsNull("folder");
    if (new_folder == nullptr) return capi::IsNull("new_folder");
    if (report == nullptr) return capi::IsNull("report");
    const orderstore_code code =
        capi::CheckReportSize<orderstore_salvage_report>(report_size);
    if (code != ORDERSTORE_OK) return code;
    const absl::StatusOr<orderstore::SalvageReport> salvaged =
        orderstore::SalvageStore(
            folder, new_folder,
            cancel == nullptr ? nullptr : &cancel->is_requested);
    if (!salvaged.ok()) return capi::Fail(salvaged.status());
    capi::GiveReport(capi::SalvagedOf(*salvaged), report, report_size);
    const capi::Listener listener(on_finding, context);
    listener.HearAll(ORDERSTORE_FINDING_PROBLEM, salvaged->problems);
    listener.HearAll(ORDERSTORE_FINDING_LOST, salvaged->lost);
    listener.HearAll(ORDERSTORE_FINDING_UNAPPLIED, salvaged->unapplied);
    return capi::Succeed();
  });
}
