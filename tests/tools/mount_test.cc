// What an administrator meets on a file system that is full, or mounted
// read-only: the message, the exit code, that the store is as it was, and that
// work goes on once the cause is gone.
//
// It takes a file system of its own, for which the kernel has to allow a mount
// namespace. Where it does not, the tests are skipped: DurabilityTest and
// FaultsTest show the same of the library on a simulated disk.

#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/command.h"
#include "tools/operating_fixture.h"

namespace orderstore {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Each step's output, errors and exit code are in files of its name. Once the
// file system is there, so is the file `mounted`, and a story ends with the
// step `grown`: it breaks off where the command left a file open to write, and
// the file system cannot become read-only for that.
constexpr char kSteps[] = R"(
mkdir disk
mount_disk() {
  mount -t tmpfs -o "$1" tmpfs disk || exit 77
  touch mounted
}
remount_disk() {
  mount -t tmpfs -o "remount,$1" tmpfs disk || exit 1
}
step() {
  name=$1
  shift
  "$@" >"$name.out" 2>"$name.err"
  echo $? >"$name.code"
}
)";

class MountTest : public OperatingTest {
 protected:
  // False: there is no mount namespace to be had, or no mount in it.
  testing::AssertionResult Tell(const std::string& story) {
    folder_.Put("story", kSteps + story);
    const Outcome told = RunScript(
        folder_, "export ORDERSTORE; unshare " +
                     std::string(geteuid() == 0 ? "--mount" : "-Urm") +
                     " sh ./story");
    if (!folder_.Has("mounted")) {
      return testing::AssertionFailure() << told.err;
    }
    EXPECT_TRUE(folder_.Has("grown.code"))
        << "it broke off with " << told.exit_code << ": " << told.err;
    return testing::AssertionSuccess();
  }
  Outcome Step(const std::string& name) const {
    const std::string code = folder_.Get(name + ".code");
    return {code.empty() ? -1 : std::stoi(code), folder_.Get(name + ".out"),
            folder_.Get(name + ".err")};
  }
};

// ---- A full disk -----------------------------------------------------------

constexpr char kFullDiskStory[] = R"(
mount_disk size=16m
# A transaction of some 69 MB, more than the first file of the log has.
large() {
  awk 'BEGIN {
    print "barcode,order_id"
    for (i = 0; i < 249; i++) value = value "\360\237\216\253"
    for (i = 100000; i < 168000; i++) print value i ","
  }' | "$ORDERSTORE" import disk/shop none.csv - --top 0
}

step no_room_for_a_store "$ORDERSTORE" import disk/shop o.csv b.csv
remount_disk size=96m
step room_for_a_store "$ORDERSTORE" import disk/shop o.csv b.csv
step before "$ORDERSTORE" report disk/shop

head -c 200M /dev/zero >disk/filler 2>filler.err
step no_room_for_a_snapshot "$ORDERSTORE" snapshot disk/shop
step no_room_for_a_segment large
step shell "$ORDERSTORE" shell disk/shop <story.txt
step no_room_for_a_copy "$ORDERSTORE" backup disk/shop disk/copy
step sound "$ORDERSTORE" verify --quiet disk/shop
step after "$ORDERSTORE" report disk/shop

rm disk/filler
step room_for_a_snapshot "$ORDERSTORE" snapshot disk/shop
remount_disk size=400m
step room_for_a_segment large
step sound_again "$ORDERSTORE" verify --quiet disk/shop
step grown "$ORDERSTORE" report disk/shop
)";

class FullDiskTest : public MountTest {
 protected:
  // It ended with 1, and said that this file had no room, and what holds.
  void ExpectNoRoom(const std::string& name, const std::string& file,
                    const std::string& after) const {
    const Outcome outcome = Step(name);
    EXPECT_EQ(outcome.exit_code, 1) << name;
    EXPECT_EQ(outcome.out, "") << name;
    EXPECT_THAT(outcome.err,
                AllOf(StartsWith("orderstore: "),
                      HasSubstr("of disk/" + file +
                                ": No space left on device; free some space "
                                "there; "),
                      HasSubstr(after)))
        << name;
  }
};

TEST_F(FullDiskTest, WhatNeedsRoomIsRefusedWholeUntilThereIsSome) {
  folder_.Put("none.csv", "order_id,customer_id\n");
  folder_.Put("story.txt", "snapshot\nbarcode small\n");
  const testing::AssertionResult told = Tell(kFullDiskStory);
  if (!told) GTEST_SKIP() << "there is no such mount: " << told.message();

  ExpectNoRoom("no_room_for_a_store", "shop/0000000001.log.tmp",
               "nothing was imported\n");
  EXPECT_EQ(Step("room_for_a_store").exit_code, 0);
  EXPECT_EQ(Step("before").out, before_);

  ExpectNoRoom("no_room_for_a_snapshot",
               "shop/00000000000000000001.snapshot.tmp",
               "no snapshot was written\n");
  ExpectNoRoom("no_room_for_a_segment", "shop/0000000002.log.tmp",
               "nothing was committed, and later commits succeed once that is "
               "mended; nothing was imported\n");
  EXPECT_THAT(Step("no_room_for_a_segment").err,
              HasSubstr("orderstore: the log has no room: "));
  ExpectNoRoom("no_room_for_a_copy", "copy/00000000000000000002.snapshot.tmp",
               "there is no backup; disk/shop is as it was\n");
  // The log's file is there whole, so what fits it is committed all the same.
  const Outcome shell = Step("shell");
  EXPECT_EQ(shell.exit_code, 0);
  EXPECT_THAT(shell.out,
              AllOf(StartsWith("error full cannot write "),
                    HasSubstr("No space left on device; free some space there"
                              "\ncommitted 2 4\n")));
  EXPECT_EQ(Step("sound").exit_code, 0);
  EXPECT_THAT(Step("after").out,
              AllOf(HasSubstr("\nbarcodes 4\n"), HasSubstr("\nlsn 2\n")));

  EXPECT_EQ(Step("room_for_a_snapshot").exit_code, 0);
  EXPECT_EQ(Step("room_for_a_segment").exit_code, 0);
  EXPECT_EQ(Step("sound_again").exit_code, 0);
  EXPECT_THAT(Step("grown").out,
              AllOf(HasSubstr("\nbarcodes 68004\n"), HasSubstr("\nlsn 3\n")));
}

// ---- A read-only file system -----------------------------------------------

constexpr char kReadOnlyStory[] = R"(
mount_disk size=200m
step made "$ORDERSTORE" import disk/shop o.csv b.csv

remount_disk ro
step snapshot "$ORDERSTORE" snapshot disk/shop
step import "$ORDERSTORE" import disk/shop more.csv new.csv
step shell "$ORDERSTORE" shell disk/shop </dev/null
step new "$ORDERSTORE" import disk/new o.csv b.csv
step report "$ORDERSTORE" report disk/shop
step sound "$ORDERSTORE" verify --quiet disk/shop

remount_disk rw
step import_again "$ORDERSTORE" import disk/shop more.csv new.csv
step grown "$ORDERSTORE" report disk/shop
)";

class ReadOnlyMountTest : public MountTest {};

TEST_F(ReadOnlyMountTest, ItIsReadAndNotWrittenUntilItIsMountedToWrite) {
  const testing::AssertionResult told = Tell(kReadOnlyStory);
  if (!told) GTEST_SKIP() << "there is no such mount: " << told.message();
  const std::string reason =
      ": Read-only file system; its file system is mounted read-only: mount it "
      "to write, or see the kernel's log if an error of the disk made it so";
  const struct {
    const char* step;
    const char* what;
    const char* after;
  } kRefusals[] = {
      {"snapshot", "open disk/shop/LOCK", "no snapshot was written"},
      {"import", "open disk/shop/LOCK", "nothing was imported"},
      {"new", "make the folder disk/new", "nothing was imported"}};
  EXPECT_EQ(Step("made").exit_code, 0);
  for (const auto& [step, what, after] : kRefusals) {
    const Outcome outcome = Step(step);
    EXPECT_EQ(outcome.exit_code, 1) << step;
    EXPECT_EQ(outcome.out, "") << step;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("orderstore: cannot " +
                                              (what + reason) + "; "),
                                   HasSubstr(after)))
        << step;
  }
  EXPECT_EQ(Step("shell").exit_code, 1);
  EXPECT_EQ(Step("shell").out,
            "error readonly cannot open disk/shop/LOCK" + reason + "\n");
  EXPECT_EQ(Step("report").exit_code, 0);
  EXPECT_EQ(Step("report").out, before_);
  EXPECT_EQ(Step("sound").exit_code, 0);

  EXPECT_EQ(Step("import_again").exit_code, 0);
  EXPECT_THAT(Step("grown").out, HasSubstr("\nbarcodes 4\n"));
}

}  // namespace
}  // namespace orderstore
