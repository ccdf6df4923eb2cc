// A segment as this format writes it, kept as a file: FORMAT.md shows it. If
// this test fails, the format has changed, and needs a new version.

#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "recovery/replay.h"
#include "txn/engine.h"
#include "txn/redo.h"
#include "txn/state_summary.h"
#include "wal/log_fixture.h"

namespace orderstore::wal {
namespace {

using Kind = txn::RedoOp::Kind;

constexpr int64_t kTime = 1'700'000'000'000'000;

class GoldenTest : public LogTest {
 protected:
  static std::string ReadSource(const std::string& path) {
    std::ifstream file(std::string(ORDERSTORE_SOURCE_DIR) + "/" + path,
                       std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string Golden() {
    return ReadSource("tests/wal/golden/segment.bin");
  }
  // Sixteen bytes as FORMAT.md shows them.
  static std::string DumpLine(std::string_view bytes, size_t at) {
    std::string line = absl::StrFormat("    %08x:", at);
    for (size_t i = 0; i < 16; i += 2) {
      absl::StrAppendFormat(&line, " %02x%02x",
                            static_cast<uint8_t>(bytes[at + i]),
                            static_cast<uint8_t>(bytes[at + i + 1]));
    }
    return line;
  }

  // A customer, its order and a barcode, in one transaction.
  static std::string Body() {
    txn::Redo redo;
    redo.Add({.kind = Kind::kInsertCustomer,
              .id = 1,
              .text = "ann@example.com",
              .name = "Ann",
              .created_at = kTime,
              .updated_at = kTime});
    redo.Add({.kind = Kind::kInsertOrder,
              .id = 1,
              .parent = 1,
              .created_at = kTime,
              .updated_at = kTime});
    redo.Add({.kind = Kind::kInsertBarcode,
              .id = 1,
              .text = "00123",
              .parent = 1,
              .used = true,
              .created_at = kTime,
              .updated_at = kTime + 2});
    return std::string(redo.body());
  }

  // The state that the log in the folder leads to.
  std::string Replay() {
    const auto engine = txn::Engine::Create({});
    auto log = LogReader::Open(folder(), TestStore(), 0);
    EXPECT_TRUE(log.ok()) << log.status();
    const auto replayed = recovery::Replay(*log, **engine);
    EXPECT_TRUE(replayed.ok()) << replayed.status();
    return txn::StateSummary::Of((*engine)->tables().states.latest()).Encode();
  }
};

TEST_F(GoldenTest, TheSegmentIsWrittenAsItAlwaysWas) {
  Create();
  ASSERT_TRUE(WriteFrame(RecordOf(1, Body()), 1).ok());
  WriteClosing(Replay());
  const std::string written = disk().Bytes(PathOf(1));
  if (written == Golden()) return;
  const std::string path = testing::TempDir() + "segment.bin";
  std::ofstream(path, std::ios::binary) << written;
  FAIL() << "other bytes than the golden file's; they are in " << path;
}

TEST_F(GoldenTest, TheSegmentIsReadAsItAlwaysWas) {
  disk().SetBytes(PathOf(1), Golden());
  const ReadResult read = Read();
  ASSERT_TRUE(read.status.ok()) << read.status;
  ASSERT_EQ(read.records.size(), 1u);
  EXPECT_EQ(read.records[0].body, Body());
  EXPECT_TRUE(read.end.closed);
  EXPECT_EQ(read.end.offset, 3 * kSector);
  ASSERT_EQ(read.states.size(), 1u);
  EXPECT_EQ(Replay(), read.states[0]);
}

TEST_F(GoldenTest, TheFormatsExampleIsTheSegment) {
  const std::string golden = Golden();
  std::istringstream format(ReadSource("src/wal/FORMAT.md"));
  int lines = 0;
  for (std::string line; std::getline(format, line);) {
    if (line.substr(0, 8) != "    0000" || line.size() < 13) continue;
    const size_t at = std::stoul(line.substr(4, 8), nullptr, 16);
    ASSERT_LE(at + 16, golden.size());
    EXPECT_EQ(line, DumpLine(golden, at));
    ++lines;
  }
  EXPECT_EQ(lines, 23);
}

}  // namespace
}  // namespace orderstore::wal
