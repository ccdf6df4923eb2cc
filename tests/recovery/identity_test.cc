#include "recovery/identity.h"

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "disk/simulated_disk.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/checksum.h"
#include "store/seeded_random.h"

namespace orderstore::recovery {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

// FORMAT.md, "STORE".
constexpr std::string_view kText =
    "orderstore store, format 1\n"
    "uuid 01234567-89ab-4def-8123-456789abcdef\n"
    "checksum 8c407b14882ba82f\n";

io::Uuid TestStore() {
  return *io::Uuid::Parse("01234567-89ab-4def-8123-456789abcdef");
}

std::string Sealed(std::string text) {
  const uint64_t checksum = io::Checksum(text);
  return text + absl::StrFormat("checksum %016x\n", checksum);
}

class IdentityTest : public testing::Test {
 protected:
  IdentityTest() : disk_(1) { Open(true); }

  void Open(bool make) {
    if (make) {
      EXPECT_TRUE(io::Folder::Make(disk_, "shop").ok());
    }
    absl::StatusOr<io::Folder> folder = io::Folder::Open(disk_, "shop");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_.emplace(*std::move(folder));
  }
  void Put(std::string text) { disk_.SetBytes("shop/STORE", std::move(text)); }
  absl::StatusOr<std::optional<io::Uuid>> Read() {
    return ReadIdentity(*folder_);
  }
  StatusCode Code(std::string text) {
    Put(std::move(text));
    const absl::Status status = Read().status();
    if (status.code() == StatusCode::kDataLoss) {
      EXPECT_THAT(std::string(status.message()),
                  HasSubstr("shop/STORE at offset 0: the file is damaged"));
    }
    return status.code();
  }

  disk::SimulatedDisk disk_;
  std::optional<io::Folder> folder_;
};

TEST_F(IdentityTest, AFolderWithoutItHasNone) {
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(*Read(), std::nullopt);
}

TEST_F(IdentityTest, IsThreeLinesOfText) {
  ASSERT_TRUE(WriteIdentity(*folder_, TestStore()).ok());
  EXPECT_EQ(disk_.Bytes("shop/STORE"), kText);
  EXPECT_EQ(disk_.Image().files.size(), 1u);
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(**Read(), TestStore());
}

TEST_F(IdentityTest, EveryBitAndEveryLengthCounts) {
  for (size_t bit = 0; bit < kText.size() * 8; ++bit) {
    std::string text(kText);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(Code(text), StatusCode::kDataLoss) << bit;
  }
  for (size_t size = 0; size < kText.size(); ++size) {
    EXPECT_EQ(Code(std::string(kText.substr(0, size))), StatusCode::kDataLoss);
  }
  EXPECT_EQ(Code(std::string(kText) + "\n"), StatusCode::kDataLoss);
  EXPECT_EQ(Code(std::string(5000, 'x')), StatusCode::kDataLoss);
  EXPECT_EQ(Code(std::string(kText)), StatusCode::kOk);
}

TEST_F(IdentityTest, AnotherFormatIsNoDamage) {
  const std::string text = Sealed("orderstore store, format 2\nother: lines\n");
  EXPECT_EQ(Code(text), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Read().status().message()),
              HasSubstr("shop/STORE is of format 2, and this program reads 1"));
  EXPECT_EQ(Code(Sealed("orderstore store, format 17\n")),
            StatusCode::kFailedPrecondition);
  // Only with its checksum, and only a number.
  EXPECT_EQ(Code("orderstore store, format 2\n"), StatusCode::kDataLoss);
  EXPECT_EQ(Code(Sealed("orderstore store, format two\n")),
            StatusCode::kDataLoss);
  EXPECT_EQ(Code(Sealed("orderstore store, format \n")), StatusCode::kDataLoss);
  EXPECT_EQ(Code(Sealed("orderstore store, format 2")), StatusCode::kDataLoss);
  EXPECT_EQ(Code(Sealed("")), StatusCode::kDataLoss);
  // This one, with lines that it does not have.
  EXPECT_EQ(Code(Sealed("orderstore store, format 1\nuuid none\n")),
            StatusCode::kDataLoss);
}

TEST_F(IdentityTest, IsReadAgainBesideWhoMakesTheStore) {
  int checks = 0;
  const auto made_meanwhile = [&](const io::Folder& folder) {
    ++checks;
    EXPECT_TRUE(WriteIdentity(folder, TestStore()).ok());
    return absl::DataLossError("files of a store are there");
  };
  const auto store = ReadIdentityOr(*folder_, made_meanwhile);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(*store, TestStore());
  EXPECT_EQ(checks, 1);
}

TEST_F(IdentityTest, TheCheckDecidesOnAFolderWithout) {
  const auto free = [](const io::Folder&) { return absl::OkStatus(); };
  auto store = ReadIdentityOr(*folder_, free);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(*store, std::nullopt);

  const auto other = [](const io::Folder&) {
    return absl::InvalidArgumentError("it is no store");
  };
  EXPECT_EQ(ReadIdentityOr(*folder_, other).status(),
            absl::InvalidArgumentError("it is no store"));

  // Who has it is not asked.
  Put(std::string(kText));
  store = ReadIdentityOr(*folder_, other);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(*store, TestStore());
}

TEST_F(IdentityTest, RandomBytesAreDamage) {
  for (const uint64_t seed : TestSeeds(500)) {
    SeededRandom random(seed);
    std::string text(kText);
    text.resize(random.OneTo(200));
    for (size_t i = random.OneTo(5); i > 0; --i) {
      text[static_cast<size_t>(
          random.Below(static_cast<int32_t>(text.size())))] =
          static_cast<char>(random.Below(256));
    }
    if (text == kText) continue;
    EXPECT_EQ(Code(text), StatusCode::kDataLoss) << seed;
  }
}

TEST_F(IdentityTest, APowerCutLeavesItWholeOrAbsent) {
  bool off = true;
  for (int64_t cut = 1; off; ++cut) {
    disk_.Load({.folders = {"/shop"}, .files = {}});
    Open(false);
    disk_.CutPowerAt(cut);
    const bool written = WriteIdentity(*folder_, TestStore()).ok();
    off = disk_.off();
    EXPECT_NE(written, off);
    for (const uint64_t seed : TestSeeds(30)) {
      const auto files = disk_.AfterCut(seed).files;
      const auto found = files.find("/shop/STORE");
      if (found == files.end()) {
        EXPECT_FALSE(written) << seed;
      } else {
        EXPECT_EQ(found->second, kText) << seed;
      }
    }
  }
}

TEST_F(IdentityTest, AFailedCallIsReported) {
  const int64_t before = disk_.CallCount();
  ASSERT_TRUE(WriteIdentity(*folder_, TestStore()).ok());
  const int64_t calls = disk_.CallCount() - before;
  for (int64_t call = 1; call <= calls; ++call) {
    disk_.Load({.folders = {"/shop"}, .files = {}});
    Open(false);
    disk_.FailCall(call, EIO);
    EXPECT_EQ(WriteIdentity(*folder_, TestStore()).code(),
              StatusCode::kUnavailable);
    disk_.ClearFaults();
  }
  Put(std::string(kText));
  disk_.FailCall(1, EACCES);
  EXPECT_EQ(Read().status().code(), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace orderstore::recovery
