#include "recovery/record_stream.h"

#include "io/coding.h"
#include "wal/log_reader.h"

namespace orderstore::recovery {

const char* RecordStream::Add(const wal::FrameHeader& frame,
                              std::string_view payload) {
  bytes_.erase(0, at_);
  at_ = 0;
  continued_end_ = 0;
  continues_wrongly_ = false;
  lsn_ = frame.first_lsn - 1;
  if (frame.continued_bytes == 0) {
    DropUnfinished();
  } else if (skipping_) {
    payload.remove_prefix(frame.continued_bytes);
    skipping_ = payload.empty() && frame.unfinished;
    if (!skipping_) lsn_ = frame.first_lsn;
  } else if (bytes_.empty()) {
    return "the frame continues a record that has no begin";
  } else {
    continued_end_ = bytes_.size() + frame.continued_bytes;
  }
  bytes_.append(payload);
  return nullptr;
}

std::optional<RecordStream::Record> RecordStream::Next() {
  io::Decoder header(std::string_view(bytes_).substr(at_));
  const auto bytes = header.Fixed<uint64_t>();
  const auto lsn = header.Fixed<uint64_t>();
  const bool whole = header.ok() && bytes <= header.rest().size();
  if (at_ < continued_end_ &&
      continued_end_ !=
          (whole ? wal::kRecordHeaderBytes + bytes : bytes_.size())) {
    continues_wrongly_ = true;
    return std::nullopt;
  }
  if (!whole || lsn != lsn_ + 1) return std::nullopt;
  lsn_ = lsn;
  at_ += wal::kRecordHeaderBytes + bytes;
  return Record{lsn, header.rest().substr(0, bytes)};
}

bool RecordStream::EndsAs(const wal::FrameHeader& frame) const {
  const bool unfinished = skipping_ || at_ < bytes_.size();
  return !continues_wrongly_ && frame.unfinished == unfinished &&
         frame.last_lsn == lsn_;
}

}  // namespace orderstore::recovery
