#include "capi/logger.h"

#include <cstdint>
#include <string>

#include "capi/code.h"

namespace orderstore::capi {
namespace {

static_assert(sizeof(orderstore_notice) == 16);
static_assert(sizeof(orderstore_logger) == 16);

// C has none that is 0.
template <typename Enum>
constexpr int32_t NumberOf(Enum value) {
  return static_cast<int32_t>(value) + 1;
}
static_assert(NumberOf(Severity::kInfo) == ORDERSTORE_SEVERITY_INFO);
static_assert(NumberOf(Severity::kWarning) == ORDERSTORE_SEVERITY_WARNING);
static_assert(NumberOf(Severity::kError) == ORDERSTORE_SEVERITY_ERROR);
static_assert(NumberOf(NoticeKind::kOpened) == ORDERSTORE_NOTICE_OPENED);
static_assert(NumberOf(NoticeKind::kSnapshotPassedOver) ==
              ORDERSTORE_NOTICE_SNAPSHOT_PASSED_OVER);
static_assert(NumberOf(NoticeKind::kTailCut) == ORDERSTORE_NOTICE_TAIL_CUT);
static_assert(NumberOf(NoticeKind::kSnapshotWritten) ==
              ORDERSTORE_NOTICE_SNAPSHOT_WRITTEN);
static_assert(NumberOf(NoticeKind::kSnapshotFailed) ==
              ORDERSTORE_NOTICE_SNAPSHOT_FAILED);
static_assert(NumberOf(NoticeKind::kOldFilesRemain) ==
              ORDERSTORE_NOTICE_OLD_FILES_REMAIN);
static_assert(NumberOf(NoticeKind::kLogFailed) == ORDERSTORE_NOTICE_LOG_FAILED);
static_assert(NumberOf(NoticeKind::kDiskFull) == ORDERSTORE_NOTICE_DISK_FULL);
static_assert(NumberOf(NoticeKind::kRoomAgain) == ORDERSTORE_NOTICE_ROOM_AGAIN);
static_assert(NumberOf(NoticeKind::kSlowSync) == ORDERSTORE_NOTICE_SLOW_SYNC);
static_assert(NumberOf(NoticeKind::kSlowTransaction) ==
              ORDERSTORE_NOTICE_SLOW_TRANSACTION);

}  // namespace

Logger ToLogger(const orderstore_logger& logger) {
  return [logger](const Notice& notice) {
    const std::string message(notice.message);
    const orderstore_notice told = {NumberOf(notice.severity),
                                    NumberOf(notice.kind), message.c_str()};
    const KeptMessage kept;
    logger.function(logger.context, &told);
  };
}

}  // namespace orderstore::capi
