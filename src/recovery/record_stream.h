// The records of frames, put together from their payloads: as LogReader does
// it, but it may begin anywhere and go on behind what is lost.
//
// Thread-safety: one thread at a time.

#ifndef ORDERSTORE_RECOVERY_RECORD_STREAM_H_
#define ORDERSTORE_RECOVERY_RECORD_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wal/frame.h"

namespace orderstore::recovery {

class RecordStream {
 public:
  struct Record {
    wal::Lsn lsn;
    std::string_view body;  // live until the next call of Add
  };

  // What comes next does not follow what was added.
  void Break() {
    bytes_.clear();
    at_ = 0;
    skipping_ = true;
  }
  // A record that has begun will not end: a crash cut it off.
  void DropUnfinished() {
    bytes_.clear();
    at_ = 0;
    skipping_ = false;
  }

  // Adds the payload of a frame of records. Null, or what is wrong with it;
  // then Break.
  const char* Add(const wal::FrameHeader& frame, std::string_view payload);

  // The next record; none where the rest is still to come.
  std::optional<Record> Next();

  // Whether the frame that was added last, and taken, ends as its header says.
  bool EndsAs(const wal::FrameHeader& frame) const;

  // Bytes of a record whose end is missing.
  int64_t unfinished_bytes() const {
    return static_cast<int64_t>(bytes_.size() - at_);
  }

 private:
  std::string bytes_;
  size_t at_ = 0;  // taken so far
  // Up to here is what the frame says belongs to an earlier record, and whether
  // that record ends elsewhere.
  size_t continued_end_ = 0;
  bool continues_wrongly_ = false;
  wal::Lsn lsn_ = 0;
  // The begin of what frames continue is not there.
  bool skipping_ = true;
};

}  // namespace orderstore::recovery

#endif  // ORDERSTORE_RECOVERY_RECORD_STREAM_H_
