// A segment in memory, made frame by frame, to be torn and damaged.

#ifndef ORDERSTORE_TESTS_WAL_SEGMENT_IMAGE_H_
#define ORDERSTORE_TESTS_WAL_SEGMENT_IMAGE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "io/checksum.h"
#include "io/coding.h"
#include "io/file.h"
#include "wal/frame.h"
#include "wal/segment_reader.h"

namespace orderstore::wal {

// Makes the checksum of the frame header at `from` right again.
inline void ResealFrame(char* from) {
  io::PutFixed(from + 56, io::Checksum({from, 56}));
}

class SegmentImage {
 public:
  explicit SegmentImage(size_t sectors = 8, Lsn first_lsn = 1)
      : bytes(sectors * io::kSectorBytes, '\0'),
        lsn_(first_lsn - 1),
        chain_(42) {
    header = {.store = {},
              .number = 7,
              .bytes = static_cast<int64_t>(bytes.size()),
              .first_lsn = first_lsn,
              .chain = chain_};
    EncodeSegmentHeader(header, bytes.data());
  }

  // Adds a frame, which `change` may make wrong. Returns its offset.
  size_t Add(std::string_view payload, Lsn last_lsn,
             const std::function<void(FrameHeader&)>& change = {}) {
    const size_t at = end_;
    FrameHeader frame{.segment = header.number,
                      .sector = static_cast<uint32_t>(at / io::kSectorBytes),
                      .first_lsn = lsn_ + 1,
                      .last_lsn = last_lsn,
                      .previous = chain_};
    if (change) change(frame);
    EncodeFrame(frame, payload, &bytes[at]);
    chain_ = frame.checksum;
    lsn_ = last_lsn;
    end_ += SectorsOf(payload.size()) * io::kSectorBytes;
    return at;
  }

  // Of the last `blocks` blocks written, those not chosen were not.
  void Tear(size_t at, const std::vector<bool>& written) {
    for (size_t i = 0; i < written.size(); ++i) {
      if (written[i]) continue;
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at + i * kBlockBytes),
                  kBlockBytes, '\0');
    }
  }

  size_t end() const { return end_; }

  std::string bytes;
  SegmentHeader header;

 private:
  size_t end_ = io::kSectorBytes;
  Lsn lsn_;
  uint64_t chain_;
};

// What a segment says, up to its end or to its damage.
struct ReadSegment {
  explicit ReadSegment(const SegmentImage& image)
      : ReadSegment(image.bytes, image.header) {}
  ReadSegment(std::string_view bytes, const SegmentHeader& header) {
    SegmentReader reader(bytes, header, "shop/7.log");
    for (;;) {
      const absl::StatusOr<bool> more = reader.Next();
      status = more.status();
      if (!more.ok() || !*more) break;
      payloads.emplace_back(reader.payload());
      lsns.push_back(reader.frame().last_lsn);
    }
    offset = reader.offset();
    torn_bytes = reader.torn_bytes();
  }

  absl::Status status;
  std::vector<std::string> payloads;
  std::vector<Lsn> lsns;
  int64_t offset = 0;
  int64_t torn_bytes = 0;
};

}  // namespace orderstore::wal

#endif  // ORDERSTORE_TESTS_WAL_SEGMENT_IMAGE_H_
