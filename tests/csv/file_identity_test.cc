#include "csv/file_identity.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "csv/test_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

using testing::StartsWith;

class FileIdentityTest : public testing::Test {
 protected:
  TestFolder folder_;
};

TEST_F(FileIdentityTest, IdentitiesSeeThroughLinks) {
  const std::string file = folder_.Put("file", "");
  ASSERT_EQ(symlink(file.c_str(), (folder_ / "symbolic").c_str()), 0);
  ASSERT_EQ(link(file.c_str(), (folder_ / "hard").c_str()), 0);
  EXPECT_EQ(IdentityOf(folder_ / "symbolic"), IdentityOf(file));
  EXPECT_EQ(IdentityOf(folder_ / "hard"), IdentityOf(file));
  EXPECT_NE(IdentityOf(folder_.Put("other", "")), IdentityOf(file));
}

TEST_F(FileIdentityTest, AFileThatIsNotThereYetHasAnIdentity) {
  const std::string round_about =
      folder_ / ("../" + folder_.path().filename().string() + "/new");
  EXPECT_EQ(IdentityOf(folder_ / "new"), IdentityOf(round_about));
  EXPECT_NE(IdentityOf(folder_ / "new"), IdentityOf(folder_ / "other"));
  EXPECT_TRUE(IdentityOf(folder_ / "new").has_value());
}

TEST_F(FileIdentityTest, ALinkToAFileThatIsNotThereYetIsThatFile) {
  ASSERT_TRUE(std::filesystem::create_directory(folder_ / "sub"));
  ASSERT_EQ(symlink("sub/new", (folder_ / "first").c_str()), 0);
  ASSERT_EQ(symlink("first", (folder_ / "second").c_str()), 0);
  EXPECT_EQ(IdentityOf(folder_ / "second"), IdentityOf(folder_ / "sub/new"));
  EXPECT_EQ(TargetOf(folder_ / "second"), folder_ / "sub/new");
}

TEST_F(FileIdentityTest, AnAbsoluteLinkLeadsThere) {
  ASSERT_EQ(symlink("/nowhere", (folder_ / "link").c_str()), 0);
  EXPECT_EQ(TargetOf(folder_ / "link"), "/nowhere");
}

TEST_F(FileIdentityTest, LinksInACircleLeadNowhereAndComeToAnEnd) {
  ASSERT_EQ(symlink("b", (folder_ / "a").c_str()), 0);
  ASSERT_EQ(symlink("a", (folder_ / "b").c_str()), 0);
  EXPECT_THAT(TargetOf(folder_ / "a"), StartsWith(folder_.path().string()));
}

TEST_F(FileIdentityTest, DevicesHaveNone) {
  EXPECT_FALSE(IdentityOf("/dev/null").has_value());
  EXPECT_FALSE(IdentityOf(folder_ / "no/such").has_value());
}

TEST(FolderOfTest, IsThePathWithoutTheLastName) {
  EXPECT_EQ(FolderOf("a/b"), "a");
  EXPECT_EQ(FolderOf("/a/b/c"), "/a/b");
  EXPECT_EQ(FolderOf("/a"), "/");
  EXPECT_EQ(FolderOf("a"), ".");
}

}  // namespace
}  // namespace orderstore::csv
