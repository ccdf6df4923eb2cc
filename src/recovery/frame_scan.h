// Frames of a segment at any sector, for those who look for what damage left.
//
// Thread-safety: functions without state.

#ifndef ORDERSTORE_RECOVERY_FRAME_SCAN_H_
#define ORDERSTORE_RECOVERY_FRAME_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/file.h"
#include "wal/frame.h"

namespace orderstore::recovery {

inline constexpr auto kSector = static_cast<int64_t>(io::kSectorBytes);

struct FoundFrame {
  wal::FrameHeader header;
  int64_t offset = 0;
  int64_t bytes = 0;
  // Checksum, marks and padding are right; the payload is there then.
  bool whole = false;
  std::string payload;
};

// The frame at `offset` of the segment `number`, whose file is `segment`; none
// if no header that belongs there can be read.
std::optional<FoundFrame> FrameAt(std::string_view segment, uint32_t number,
                                  int64_t offset);

// The first whole frame behind `offset`; none if there is none.
std::optional<FoundFrame> WholeFrameBehind(std::string_view segment,
                                           uint32_t number, int64_t offset);

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_FRAME_SCAN_H_
