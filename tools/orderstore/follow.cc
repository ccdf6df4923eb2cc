#include "follow.h"

#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "csv/text.h"
#include "interrupt.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "orderstore/change_log.h"
#include "orderstore/schema_revision.h"
#include "orderstore/store.h"
#include "problem_text.h"
#include "sql/applied.h"
#include "sql/connection.h"
#include "sql/follower.h"
#include "store_opening.h"

namespace orderstore::tools {

namespace {

using Clock = std::chrono::steady_clock;
using sql::Applied;

// What loads the tables anew.
std::string ReloadHint(const ExportToOptions& options) {
  return absl::StrCat("; `orderstore export ", csv::Printable(options.folder),
                      " --to URI --follow --resync` loads the tables anew");
}

// A little at the log's end, or until a signal comes.
void WaitForMore() {
  constexpr int kMillis = 50;
  pollfd signal = {.fd = InterruptDescriptor(), .events = POLLIN, .revents = 0};
  poll(&signal, 1, kMillis);
}

// What --follow tells: a line a second at most.
class Lines {
 public:
  explicit Lines(const ExportToOptions& options) : options_(options) {}

  // The copy is as of `lsn`; the oldest commit that it does not have is of
  // `pending`, if it is known that there is one.
  absl::Status Tell(Lsn lsn, std::optional<Timestamp> pending) {
    if (has_failed_) return absl::AbortedError("");
    if ((lsn == told_ && !pending) ||
        Clock::now() - told_at_ < std::chrono::seconds(1)) {
      return absl::OkStatus();
    }
    return TellNow(lsn, LagOf(pending));
  }

  absl::Status TellNow(Lsn lsn, double lag) {
    told_ = lsn;
    told_at_ = Clock::now();
    const std::string line =
        options_.json ? JsonLine({{"lsn", lsn}, {"lag_seconds", lag}})
                      : absl::StrFormat("lsn %u lag %.1f s\n", lsn, lag);
    has_failed_ = PrintResult(line, "the copy is as of that") != kDone;
    return has_failed_ ? absl::AbortedError("") : absl::OkStatus();
  }

 private:
  static double LagOf(std::optional<Timestamp> time) {
    if (!time) return 0;
    const std::chrono::duration<double> lag =
        std::chrono::system_clock::now() - *time;
    return std::max(lag.count(), 0.0);
  }

  const ExportToOptions& options_;
  Lsn told_ = 0;
  Clock::time_point told_at_;
  bool has_failed_ = false;
};

class Following {
 public:
  Following(const ExportToOptions& options, sql::Connection& server)
      : options_(options), server_(server), lines_(options) {}

  // Brings the tables to where the log can be applied, and opens the log there.
  absl::Status Begin();
  // Applies it.
  absl::Status Run();

  // Whether the last error is the server's; else it is the store's.
  bool is_servers() const { return is_servers_; }
  // The tables are as of this.
  Lsn applied() const { return follower_ ? follower_->applied() : 0; }

 private:
  absl::StatusOr<Applied> FindBegin(const std::string& uuid);
  absl::StatusOr<Applied> LoadAll(const std::string& uuid);
  absl::StatusOr<Applied> Adopt(const std::string& uuid);
  // Adds what to do where the log does not serve.
  absl::Status WithHint(const absl::Status& status) const;
  // Notes whether an error is the server's, not the store's.
  absl::Status OfServer(absl::Status status) {
    is_servers_ = !status.ok();
    return status;
  }

  const ExportToOptions& options_;
  sql::Connection& server_;
  Lines lines_;
  std::optional<ChangeLog> log_;
  std::optional<sql::Follower> follower_;
  bool is_servers_ = false;
  // Of the oldest commit that was read and not applied.
  std::optional<Timestamp> pending_;
};

absl::Status Following::Begin() {
  absl::StatusOr<ChangeLog> any = ChangeLog::OpenOldest(options_.folder);
  if (!any.ok()) return any.status();
  absl::StatusOr<Applied> begin = FindBegin(any->store_uuid());
  if (!begin.ok()) return begin.status();
  absl::StatusOr<ChangeLog> log = ChangeLog::Open(options_.folder, begin->lsn);
  if (!log.ok()) return WithHint(log.status());
  log_ = *std::move(log);
  absl::StatusOr<sql::Follower> follower =
      sql::Follower::Open(server_, options_.schema, *begin);
  if (!follower.ok()) return OfServer(follower.status());
  follower_ = *std::move(follower);
  return absl::OkStatus();
}

absl::Status Following::WithHint(const absl::Status& status) const {
  // Another program helps, and their mark says so.
  if (IsUnknownFormat(status) || IsSchemaMismatch(status)) return status;
  const bool is_beyond_help =
      is_servers_
          ? !absl::IsDataLoss(status)
          : !absl::IsOutOfRange(status) && !absl::IsFailedPrecondition(status);
  if (is_beyond_help) return status;
  return absl::Status(status.code(),
                      absl::StrCat(status.message(), ReloadHint(options_)));
}

absl::StatusOr<Applied> Following::FindBegin(const std::string& uuid) {
  if (options_.resync) return LoadAll(uuid);
  const absl::StatusOr<std::optional<Applied>> applied =
      sql::ReadApplied(server_, options_.schema);
  if (!applied.ok()) return OfServer(applied.status());
  if (!*applied) {
    return options_.since_lsn ? Adopt(uuid) : LoadAll(uuid);
  }
  if ((*applied)->store_uuid != uuid) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the tables are a copy of the store ", (*applied)->store_uuid,
        ", and this is the store ", uuid, ReloadHint(options_)));
  }
  // What it has applied before, it has.
  if (options_.since_lsn.value_or(0) > (*applied)->lsn) {
    return absl::FailedPreconditionError(
        absl::StrCat("the tables are as of LSN ", (*applied)->lsn,
                     ", and --since-lsn ", *options_.since_lsn,
                     " would leave out what is between; with that LSN, or one "
                     "before, all is applied"));
  }
  return **applied;
}

// What the user says of the tables has to be true, or every change would go to
// the wrong rows.
absl::StatusOr<Applied> Following::Adopt(const std::string& uuid) {
  const absl::StatusOr<std::unique_ptr<Store>> store =
      Store::OpenAsOf(options_.folder, *options_.since_lsn);
  if (!store.ok()) return WithHint(store.status());
  server_.CancelWhen(&InterruptFlag());
  absl::Status status = OfServer(
      sql::AdoptCopy((*store)->OpenReadView(), uuid, server_, options_.schema));
  server_.CancelWhen(nullptr);
  if (!status.ok()) return WithHint(status);
  return Applied{.store_uuid = uuid, .lsn = *options_.since_lsn};
}

absl::StatusOr<Applied> Following::LoadAll(const std::string& uuid) {
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options_.folder);
  if (!store.ok()) return store.status();
  ExportToOptions load = options_;
  load.replace = options_.resync;
  const absl::StatusOr<sql::LoadReport> report =
      LoadServer(load, **store, uuid, server_);
  if (!report.ok()) return OfServer(report.status());
  return Applied{.store_uuid = uuid, .lsn = report->lsn};
}

absl::Status Following::Run() {
  server_.CancelWhen(&InterruptFlag());
  // It ends when the next line cannot be written, either.
  server_.WhileWaiting([&] { lines_.Tell(applied(), pending_).IgnoreError(); });
  while (CaughtSignal() == 0) {
    const auto next = log_->Next();
    // What was read before is good.
    if (!next.ok()) {
      absl::Status status = OfServer(follower_->Flush());
      return status.ok() ? WithHint(next.status()) : status;
    }
    const Lsn before = follower_->applied();
    absl::Status status =
        OfServer(*next ? follower_->Add(**next) : follower_->Flush());
    if (!status.ok()) return status;
    if (!*next) {
      status = OfServer(server_.CheckAlive());
      if (!status.ok()) return status;
      if (!options_.follow) return lines_.TellNow(applied(), 0);
    }
    if (applied() != before) pending_.reset();
    if (*next) {
      if (!pending_) pending_ = (*next)->time;
      if (applied() == before) continue;
    }
    status = lines_.Tell(applied(), pending_);
    if (!status.ok()) return status;
    if (!*next) WaitForMore();
  }
  // What was added and not applied, the next one applies.
  return absl::CancelledError();
}

}  // namespace

ExitCode Follow(const ExportToOptions& options) {
  CatchInterrupts();
  absl::StatusOr<sql::Connection> server = sql::Connection::Open(options.uri);
  if (!server.ok()) return PrintError(server.status(), "nothing was loaded");
  Following following(options, *server);
  absl::Status status = following.Begin();
  if (absl::IsCancelled(status) && CaughtSignal() != 0) {
    return PrintInterrupted("nothing was loaded, the server is as it was");
  }
  const auto print = [&](const std::string& after) {
    return following.is_servers()
               ? PrintCopyError(status, after)
               : PrintStoreError(status, options.folder, after);
  };
  if (!status.ok()) {
    return print(
        absl::IsUnknown(status)
            ? "the server has all or nothing: the same command goes on "
              "from there"
            : "nothing was applied");
  }
  status = following.Run();
  if (status.ok()) return kDone;
  const std::string after =
      absl::StrCat("the copy is as of LSN ", following.applied(),
                   "; the same command goes on from there");
  if (absl::IsCancelled(status) && CaughtSignal() != 0) {
    return PrintInterrupted(after);
  }
  if (absl::IsAborted(status) && status.message().empty()) return kFailed;
  if (absl::IsDataLoss(status) && following.is_servers()) {
    return print(absl::StrCat("the copy is as of LSN ", following.applied(),
                              ReloadHint(options)));
  }
  return print(after);
}

}  // namespace orderstore::tools
