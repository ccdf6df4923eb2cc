// The records of the log, put together from the payloads of its frames. It may
// begin anywhere in the log, and go on behind what is lost.
//
//   stream.Add(frame, payload);
//   while (std::optional<RecordStream::Record> record = stream.Next()) {
//     use(*record);
//   }
//   if (!stream.problem().empty()) stream.Break();  // the frame is damaged
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_WAL_RECORD_STREAM_H_
#define ORDERSTORE_WAL_RECORD_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wal/frame.h"

namespace orderstore::wal {

// Before the body of each record in the stream: its bytes and its LSN.
// FORMAT.md, "Records".
inline constexpr size_t kRecordHeaderBytes = 16;

class RecordStream {
 public:
  struct Record {
    Lsn lsn;
    std::string_view body;  // live until the next call of Add
  };

  // What comes next does not follow what was added.
  void Break() {
    DropUnfinished();
    skipping_ = true;
  }
  // A record that has begun will not end: a crash cut it off.
  void DropUnfinished() {
    bytes_.clear();
    at_ = 0;
    skipping_ = false;
  }

  // Adds the payload of a frame of records.
  void Add(const FrameHeader& frame, std::string_view payload);

  // The next record; none if its end is still to come, or there is a problem.
  std::optional<Record> Next();

  // After Next returned none: how the payload differs from what the frame's
  // header says of it; empty if it does not.
  const std::string& problem() const { return problem_; }

  // Bytes of a record whose end is missing.
  int64_t unfinished_bytes() const {
    return static_cast<int64_t>(bytes_.size() - at_);
  }

 private:
  // Checks what the header of the frame says against all that it had.
  void EndFrame();

  // Records, the last one perhaps without its end; taken up to at_. Up to
  // continued_end_ is what the frame says belongs to an earlier record.
  std::string bytes_;
  size_t at_ = 0;
  size_t continued_end_ = 0;
  // The begin of what frames continue is not there.
  bool skipping_ = true;
  FrameHeader frame_;  // added last
  Lsn lsn_ = 0;        // of the record taken last
  std::string problem_;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_WAL_RECORD_STREAM_H_
