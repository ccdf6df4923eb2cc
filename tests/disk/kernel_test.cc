// The simulated disk against the kernel: the same random calls, the same
// answers.

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "csv/test_folder.h"
#include "disk/dice.h"
#include "disk/simulated_disk.h"
#include "gtest/gtest.h"
#include "io/file.h"
#include "io/file_system.h"
#include "io/sector_buffer.h"
#include "scale.h"

namespace orderstore::disk {
namespace {

// Makes calls in a folder and writes down their answers. Descriptors, whose
// numbers differ, are told by the order in which they were opened.
class Caller {
 public:
  Caller(io::FileSystem& file_system, std::string root)
      : file_system_(file_system), root_(std::move(root)) {}
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() {
    for (const int descriptor : open_) file_system_.Close(descriptor);
  }

  // One call, chosen by dice that all callers throw alike.
  std::string CallAny(Dice& dice) {
    const std::string name = Name(dice);
    switch (dice.Below(14)) {
      case 0:
        return Told("make " + name, file_system_.MakeFolder(Path(dice, name)));
      case 1:
        return Opened("open folder " + name,
                      file_system_.OpenFolder(Path(dice, name)));
      case 2:
      case 3:
        return OpenAny(dice, name);
      case 4:
        return ListAny(dice);
      case 5: {
        const std::string to = Name(dice);
        return Told("rename " + name + " to " + to,
                    file_system_.Rename(Any(dice), name, to));
      }
      case 6:
        return Told("remove " + name, file_system_.Remove(Any(dice), name));
      case 7:
        return SizeAny(dice);
      case 8:
        return ReadAny(dice);
      case 9:
      case 10:
        return WriteAny(dice);
      case 11:
        return SyncAny(dice);
      case 12:
        return Told("lock", file_system_.Lock(Any(dice)));
      default:
        return CloseAny(dice);
    }
  }

 private:
  static std::string Told(const std::string& call, int64_t result) {
    return call + ": " + std::to_string(result);
  }
  std::string Opened(const std::string& call, int result) {
    if (result < 0) return Told(call, result);
    open_.push_back(result);
    return call + ": opened";
  }

  static std::string Name(Dice& dice) {
    constexpr const char* kNames[] = {"a", "b", "c", "d"};
    return dice.OneIn(200) ? "" : kNames[dice.Below(std::size(kNames))];
  }
  std::string Path(Dice& dice, const std::string& name) const {
    std::string path = root_ + "/";
    if (dice.OneIn(2)) path += Name(dice) + "/";
    if (dice.OneIn(10)) path += "./";
    path += name;
    return dice.OneIn(10) ? path + "/" : path;
  }
  // Mostly an open descriptor.
  int Any(Dice& dice) const {
    return open_.empty() || dice.OneIn(50) ? -1
                                           : open_[dice.Below(open_.size())];
  }
  // Whether it is a folder's: List is the only call that tells.
  bool IsFolder(int descriptor) const {
    std::vector<std::string> names;
    return file_system_.List(descriptor, names) == 0;
  }

  std::string OpenAny(Dice& dice, const std::string& name) {
    constexpr int kAccess[] = {O_RDONLY, O_WRONLY, O_RDWR};
    int flags = kAccess[dice.Below(std::size(kAccess))];
    if (dice.OneIn(2)) flags |= O_CREAT | (dice.OneIn(2) ? O_EXCL : 0);
    if (dice.OneIn(4)) flags |= O_DSYNC;
    return Opened("open " + name + " with " + std::to_string(flags),
                  file_system_.Open(Any(dice), name, flags));
  }
  std::string ListAny(Dice& dice) const {
    std::vector<std::string> names;
    std::string told = Told("list", file_system_.List(Any(dice), names));
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) told += " " + name;
    return told;
  }
  std::string SizeAny(Dice& dice) const {
    const int descriptor = Any(dice);
    if (IsFolder(descriptor)) return "size of a folder";
    return Told("size", file_system_.Size(descriptor));
  }
  std::string ReadAny(Dice& dice) const {
    const auto offset = static_cast<int64_t>(dice.Below(20'000)) - 50;
    std::string bytes(dice.Below(10'000), '?');
    const int64_t result =
        file_system_.Read(Any(dice), bytes.data(), bytes.size(), offset);
    return Told("read at " + std::to_string(offset), result) + bytes;
  }
  std::string WriteAny(Dice& dice) const {
    const auto offset = static_cast<int64_t>(dice.Below(10'000)) - 50;
    const std::string bytes(dice.Below(10'000),
                            static_cast<char>('a' + dice.Below(26)));
    return Told(
        "write " + std::to_string(bytes.size()) + " at " +
            std::to_string(offset),
        file_system_.Write(Any(dice), bytes.data(), bytes.size(), offset));
  }
  std::string SyncAny(Dice& dice) const {
    const int descriptor = Any(dice);
    return Told("sync", IsFolder(descriptor)
                            ? file_system_.SyncFolder(descriptor)
                            : file_system_.Sync(descriptor));
  }
  std::string CloseAny(Dice& dice) {
    if (open_.empty()) return "nothing to close";
    const auto place =
        open_.begin() + static_cast<std::ptrdiff_t>(dice.Below(open_.size()));
    file_system_.Close(*place);
    open_.erase(place);
    return "close";
  }

  io::FileSystem& file_system_;
  const std::string root_;
  std::vector<int> open_;
};

TEST(KernelTest, AnswersLikeTheSimulatedDisk) {
  for (uint64_t seed = 1; seed <= static_cast<uint64_t>(Scaled(30)); ++seed) {
    SCOPED_TRACE(seed);
    const TestFolder folder;
    SimulatedDisk disk(seed);
    ASSERT_EQ(disk.MakeFolder("root"), 0);
    Caller kernel(io::Posix(), folder.path());
    Caller simulated(disk, "root");
    Dice kernels_dice(seed);
    Dice simulated_dice(seed);
    for (int i = 0; i < 400; ++i) {
      const std::string expected = kernel.CallAny(kernels_dice);
      ASSERT_EQ(simulated.CallAny(simulated_dice), expected) << disk.Trace();
    }
  }
}

// Runs a test with each file system and the path of an empty folder.
void OnBoth(const std::function<void(io::FileSystem&, std::string)>& test) {
  const TestFolder folder;
  test(io::Posix(), folder.path());
  SimulatedDisk disk(1);
  ASSERT_EQ(disk.MakeFolder("root"), 0);
  test(disk, "root");
}

TEST(KernelTest, RefusesLongNamesLikeTheSimulatedDisk) {
  OnBoth([](io::FileSystem& file_system, const std::string& root) {
    const io::Descriptor opened(file_system, file_system.OpenFolder(root));
    for (const size_t size : {size_t{255}, size_t{256}}) {
      const std::string name(size, 'n');
      const int error = size == 255 ? -ENOENT : -ENAMETOOLONG;
      EXPECT_EQ(file_system.OpenFolder(root + "/" + name), error);
      EXPECT_EQ(file_system.Open(opened.number(), name, O_RDONLY), error);
      EXPECT_EQ(file_system.Rename(opened.number(), name, "a"), error);
      EXPECT_EQ(file_system.Remove(opened.number(), name), error);
    }
    EXPECT_EQ(file_system.MakeFolder(root + "/" + std::string(256, 'n')),
              -ENAMETOOLONG);
  });
}

TEST(KernelTest, TakesNoFilesInAReplacedFolderLikeTheSimulatedDisk) {
  OnBoth([](io::FileSystem& file_system, const std::string& root) {
    const io::Descriptor opened(file_system, file_system.OpenFolder(root));
    EXPECT_EQ(file_system.MakeFolder(root + "/a"), 0);
    EXPECT_EQ(file_system.MakeFolder(root + "/b"), 0);
    const io::Descriptor replaced(file_system,
                                  file_system.OpenFolder(root + "/b"));
    EXPECT_EQ(file_system.Rename(opened.number(), "a", "b"), 0);
    EXPECT_EQ(file_system.Open(replaced.number(), "c", O_RDWR | O_CREAT),
              -ENOENT);
  });
}

// The rules of direct writes are the file system's; what the model demands
// suffices wherever O_DIRECT can be opened.
TEST(KernelTest, TakesTheDirectWritesThatTheSimulatedDiskTakes) {
  const TestFolder folder;
  io::FileSystem& posix = io::Posix();
  const int root = posix.OpenFolder(folder.path());
  const int file = posix.Open(root, "a", O_RDWR | O_CREAT | O_DIRECT | O_DSYNC);
  if (file == -EINVAL) GTEST_SKIP() << "no O_DIRECT in " << folder.path();
  ASSERT_GE(file, 0);
  const io::SectorBuffer buffer(3 * io::kSectorBytes);
  EXPECT_EQ(posix.Write(file, buffer.data() + io::kSectorBytes,
                        2 * io::kSectorBytes, 5 * io::kSectorBytes),
            int64_t{2 * io::kSectorBytes});
  EXPECT_EQ(posix.Sync(file), 0);
  posix.Close(file);
  posix.Close(root);
}

}  // namespace
}  // namespace orderstore::disk
