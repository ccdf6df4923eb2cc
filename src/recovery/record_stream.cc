#include "recovery/record_stream.h"

#include "io/coding.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {

const char* RecordStream::Add(const wal::FrameHeader& frame,
                              std::string_view payload) {
  bytes_.erase(0, at_);
  at_ = 0;
  lsn_ = frame.first_lsn - 1;
  if (frame.continued_bytes == 0) {
    DropUnfinished();
  } else if (skipping_) {
    payload.remove_prefix(frame.continued_bytes);
    skipping_ = payload.empty() && frame.unfinished;
    if (!skipping_) lsn_ = frame.first_lsn;
  } else if (bytes_.empty()) {
    return "the frame continues a record that has no begin";
  }
  bytes_.append(payload);
  return nullptr;
}

std::optional<RecordStream::Record> RecordStream::Next() {
  io::Decoder header(std::string_view(bytes_).substr(at_));
  const auto bytes = header.Fixed<uint64_t>();
  const auto lsn = header.Fixed<uint64_t>();
  if (!header.ok() || bytes > header.rest().size() || lsn != lsn_ + 1) {
    return std::nullopt;
  }
  lsn_ = lsn;
  at_ += wal::kRecordHeaderBytes + bytes;
  return Record{lsn, header.rest().substr(0, bytes)};
}

bool RecordStream::EndsAs(const wal::FrameHeader& frame) const {
  const bool unfinished = skipping_ || at_ < bytes_.size();
  return frame.unfinished == unfinished && frame.last_lsn == lsn_;
}

}  // namespace orderstore::recovery
