#include "wal/record_stream.h"

#include "absl/strings/str_cat.h"
#include "io/coding.h"

namespace orderstore::wal {

void RecordStream::Add(const FrameHeader& frame, std::string_view payload) {
  frame_ = frame;
  problem_.clear();
  bytes_.erase(0, at_);
  at_ = 0;
  continued_end_ = 0;
  lsn_ = frame.first_lsn - 1;
  if (frame.continued_bytes == 0) {
    // What was there came from a transaction that a crash cut off.
    DropUnfinished();
  } else if (skipping_) {
    payload.remove_prefix(frame.continued_bytes);
    skipping_ = payload.empty() && frame.unfinished;
    if (!skipping_) lsn_ = frame.first_lsn;
  } else if (bytes_.empty()) {
    problem_ = "the frame continues a record that has no begin";
  } else {
    continued_end_ = bytes_.size() + frame.continued_bytes;
  }
  bytes_.append(payload);
}

std::optional<RecordStream::Record> RecordStream::Next() {
  if (!problem_.empty()) return std::nullopt;
  io::Decoder header(std::string_view(bytes_).substr(at_));
  const auto bytes = header.Fixed<uint64_t>();
  const Lsn lsn = header.Fixed<uint64_t>();
  const bool whole = header.ok() && bytes <= header.rest().size();
  if (at_ < continued_end_ &&
      continued_end_ != (whole ? kRecordHeaderBytes + bytes : bytes_.size())) {
    problem_ = "the frame continues a record beyond its end, or not up to it";
    return std::nullopt;
  }
  if (!whole) {
    EndFrame();
    return std::nullopt;
  }
  if (lsn != lsn_ + 1) {
    problem_ = absl::StrCat("the record after LSN ", lsn_, " has LSN ", lsn);
    return std::nullopt;
  }
  lsn_ = lsn;
  at_ += kRecordHeaderBytes + bytes;
  return Record{lsn, header.rest().substr(0, bytes)};
}

void RecordStream::EndFrame() {
  const bool unfinished = skipping_ || at_ < bytes_.size();
  if (frame_.unfinished != unfinished || frame_.last_lsn != lsn_) {
    problem_ = "the frame has not the records that it names";
  }
}

}  // namespace orderstore::wal
