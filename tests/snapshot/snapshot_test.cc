// Names of snapshots.

#include "snapshot/snapshot.h"

#include <limits>
#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace orderstore::snapshot {
namespace {

TEST(SnapshotNameTest, HasTwentyDigits) {
  EXPECT_EQ(SnapshotName(0), "00000000000000000000.snapshot");
  EXPECT_EQ(SnapshotName(4711), "00000000000000004711.snapshot");
  EXPECT_EQ(SnapshotName(std::numeric_limits<Lsn>::max()),
            "18446744073709551615.snapshot");
}

TEST(SnapshotNameTest, GivesTheLsnBack) {
  for (const Lsn lsn : {Lsn{0}, Lsn{1}, Lsn{4711}, ~Lsn{0}}) {
    EXPECT_EQ(SnapshotLsn(SnapshotName(lsn)), lsn);
  }
}

TEST(SnapshotNameTest, NothingElseIsOne) {
  const std::string name = SnapshotName(4711);
  for (const std::string& other :
       {std::string(), std::string(".snapshot"), std::string("4711.snapshot"),
        "0" + name, " " + name, "+" + name.substr(1), "-" + name.substr(1),
        name.substr(1), name + ".tmp", name + "\n", name + "x",
        name.substr(0, name.size() - 1),
        std::string("0000000000000000471x.snapshot"),
        std::string("00000000000000004711.SNAPSHOT"),
        std::string("00000000000000004711snapshot"),
        // Past the largest number.
        std::string("18446744073709551616.snapshot"),
        std::string("99999999999999999999.snapshot"),
        std::string("0000004711.log")}) {
    EXPECT_EQ(SnapshotLsn(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace orderstore::snapshot
