#include "disk/simulated_disk.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "io/file.h"

namespace orderstore::disk {
namespace {

TEST(SimulatedDiskTest, UnsyncedWritesMayBeLost) {
  SimulatedDisk disk(1);
  ASSERT_TRUE(io::Folder::Make(disk, "shop").ok());
  io::Folder folder = io::Folder::Open(disk, "shop").value();
  {
    io::File file = folder.Create("a", io::Folder::Writes::kBuffered).value();
    ASSERT_TRUE(file.WriteAt(0, std::string(1000, 'a')).ok());
    ASSERT_TRUE(file.Sync().ok());
    ASSERT_TRUE(folder.Sync().ok());
    ASSERT_TRUE(file.WriteAt(0, std::string(1000, 'b')).ok());
  }
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    seen.insert(disk.AfterCut(seed).files.at("/shop/a"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{
                      std::string(1000, 'a'), std::string(1000, 'b'),
                      std::string(512, 'a') + std::string(488, 'b'),
                      std::string(512, 'b') + std::string(488, 'a')}))
      << disk.Trace();
}

}  // namespace
}  // namespace orderstore::disk
