// Opening and closing.

#include "orderstore/c/store.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "capi/code.h"
#include "capi/handles.h"
#include "capi/options.h"
#include "capi/rows.h"
#include "orderstore/migrate.h"
#include "orderstore/open_report.h"
#include "orderstore/options.h"
#include "orderstore/schema_revision.h"
#include "orderstore/store.h"

namespace orderstore::capi {
namespace {

static_assert(sizeof(orderstore_open_report) == 136);

// Gives what `opening(options)` returns.
template <typename Opening>
orderstore_code OpenWith(const orderstore_option* options, size_t option_count,
                         orderstore_t** store, Opening opening) {
  const absl::StatusOr<Options> chosen = ToOptions(options, option_count);
  if (!chosen.ok()) return Fail(chosen.status());
  absl::StatusOr<std::unique_ptr<Store>> opened = opening(*chosen);
  if (!opened.ok()) return Fail(opened.status());
  *store = std::make_unique<orderstore_t>(*std::move(opened)).release();
  return Succeed();
}

// The same for what is at `path`, the argument of this name.
template <typename Opening>
orderstore_code OpenAt(const char* name, const char* path,
                       const orderstore_option* options, size_t option_count,
                       orderstore_t** store, Opening opening) noexcept {
  return Guarded([&] {
    if (store == nullptr) return IsNull("store");
    *store = nullptr;
    if (path == nullptr) return IsNull(name);
    return OpenWith(options, option_count, store, opening);
  });
}

orderstore_open_report OpeningOf(const OpenReport& report) {
  orderstore_open_report result = {};
  result.lsn = report.lsn;
  result.counts = ToC(report.counts);
  result.snapshot_lsn = report.snapshot_lsn;
  if (report.snapshot_time) {
    result.snapshot_time_us = ToC(*report.snapshot_time);
    result.has_snapshot_time = 1;
  }
  result.bad_snapshots = static_cast<int64_t>(report.bad_snapshots.size());
  result.replayed = report.replayed;
  result.torn_bytes = report.torn_bytes;
  result.unfinished_bytes = report.unfinished_bytes;
  result.removed_files = report.removed_files;
  result.snapshot_seconds = report.snapshot_seconds.count();
  result.replay_seconds = report.replay_seconds.count();
  result.total_seconds = report.total_seconds.count();
  result.created = static_cast<uint8_t>(report.created);
  result.closed_cleanly = static_cast<uint8_t>(report.closed_cleanly);
  return result;
}

orderstore_code Destroy(orderstore_t* store) {
  if (store->open_transactions.load(std::memory_order_relaxed) > 0) {
    return Fail(ORDERSTORE_FAILED_PRECONDITION,
                "a transaction of the store is open; commit, abort or destroy "
                "it, and destroy the store then");
  }
  // First: a snapshot being written has a view open.
  const absl::Status closed = store->store->Close();
  // A transaction that no handle counts.
  if (absl::IsFailedPrecondition(closed)) return Fail(closed);
  const int64_t views = store->store->Stats().read_views_open;
  if (views > 0) {
    return Fail(absl::FailedPreconditionError(
        absl::StrCat("read views of the store are open: ", views,
                     "; destroy them, and destroy the store then; it is closed "
                     "now")));
  }
  delete store;
  return End(closed);
}

}  // namespace
}  // namespace orderstore::capi

namespace capi = orderstore::capi;

// ---- Opening ---------------------------------------------------------------

orderstore_code orderstore_open(const char* folder,
                                const orderstore_option* options,
                                size_t option_count, orderstore_t** store) {
  return capi::OpenAt("folder", folder, options, option_count, store,
                      [&](const orderstore::Options& chosen) {
                        return orderstore::Store::Open(folder, chosen);
                      });
}

orderstore_code orderstore_open_read_only(const char* folder,
                                          const orderstore_option* options,
                                          size_t option_count,
                                          orderstore_t** store) {
  return capi::OpenAt("folder", folder, options, option_count, store,
                      [&](const orderstore::Options& chosen) {
                        return orderstore::Store::OpenReadOnly(folder, chosen);
                      });
}

orderstore_code orderstore_open_as_of(const char* folder, uint64_t lsn,
                                      const orderstore_option* options,
                                      size_t option_count,
                                      orderstore_t** store) {
  return capi::OpenAt("folder", folder, options, option_count, store,
                      [&](const orderstore::Options& chosen) {
                        return orderstore::Store::OpenAsOf(folder, lsn, chosen);
                      });
}

orderstore_code orderstore_open_snapshot(const char* file,
                                         const orderstore_option* options,
                                         size_t option_count,
                                         orderstore_t** store) {
  return capi::OpenAt("file", file, options, option_count, store,
                      [&](const orderstore::Options& chosen) {
                        return orderstore::Store::OpenSnapshot(file, chosen);
                      });
}

orderstore_code orderstore_open_in_memory(const orderstore_option* options,
                                          size_t option_count,
                                          orderstore_t** store) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    *store = nullptr;
    return capi::OpenWith(options, option_count, store,
                          [](const orderstore::Options& chosen) {
                            return orderstore::Store::OpenInMemory(chosen);
                          });
  });
}

// ---- Closing ---------------------------------------------------------------

orderstore_code orderstore_close(orderstore_t* store) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    return capi::End(store->store->Close());
  });
}

orderstore_code orderstore_destroy(orderstore_t* store) {
  return capi::Guarded([&] {
    return store == nullptr ? capi::Succeed() : capi::Destroy(store);
  });
}

// ---- What opening found ----------------------------------------------------

orderstore_code orderstore_get_open_report(const orderstore_t* store,
                                           orderstore_open_report* report,
                                           size_t report_size) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    if (report == nullptr) return capi::IsNull("report");
    const orderstore_code code =
        capi::CheckReportSize<orderstore_open_report>(report_size);
    if (code != ORDERSTORE_OK) return code;
    capi::GiveReport(capi::OpeningOf(store->store->open_report()), report,
                     report_size);
    return capi::Succeed();
  });
}

orderstore_code orderstore_get_bad_snapshot(const orderstore_t* store,
                                            size_t index, const char** why) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    if (why == nullptr) return capi::IsNull("why");
    const std::vector<std::string>& bad =
        store->store->open_report().bad_snapshots;
    if (index >= bad.size()) {
      return capi::Fail(absl::OutOfRangeError(
          absl::StrCat("there are ", bad.size(), " bad snapshots, and ", index,
                       " is not the index of one")));
    }
    *why = bad[index].c_str();
    return capi::Succeed();
  });
}

// ---- Schema revisions ------------------------------------------------------

orderstore_code orderstore_get_schema_revision(const orderstore_t* store,
                                               uint32_t* revision) {
  return capi::Guarded([&] {
    if (store == nullptr) return capi::IsNull("store");
    if (revision == nullptr) return capi::IsNull("revision");
    *revision = static_cast<uint32_t>(store->store->schema_revision());
    return capi::Succeed();
  });
}

orderstore_code orderstore_migrate(const char* folder, uint32_t to,
                                   const orderstore_option* options,
                                   size_t option_count, uint32_t* before) {
  return capi::Guarded([&] {
    if (folder == nullptr) return capi::IsNull("folder");
    const std::optional<orderstore::SchemaRevision> revision =
        orderstore::SchemaRevisionOf(to);
    if (!revision) {
      return capi::Fail(absl::InvalidArgumentError(
          absl::StrCat("there is no schema revision ", to, "; they are 1 to ",
                       orderstore::kSchemaRevisions.size())));
    }
    const absl::StatusOr<orderstore::Options> chosen =
        capi::ToOptions(options, option_count);
    if (!chosen.ok()) return capi::Fail(chosen.status());
    const absl::StatusOr<orderstore::SchemaRevision> had =
        orderstore::MigrateStore(folder, *revision, *chosen);
    if (!had.ok()) return capi::Fail(had.status());
    capi::Give(static_cast<uint32_t>(*had), before);
    return capi::Succeed();
  });
}
