// What an administrator meets: for each cause the message, the exit code, that
// the store is as it was, and that work goes on once the cause is gone. A full
// disk and a read-only file system are in mount_test.cc.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "io/checksum.h"
#include "io/file.h"
#include "orderstore/schema_revision.h"
#include "tools/command.h"
#include "tools/operating_fixture.h"
#include "tools/shell_process.h"
#include "wal/frame.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ORDERSTORE_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ORDERSTORE_SANITIZED
#endif
#endif

namespace orderstore {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// ---- A newer program's store -----------------------------------------------

constexpr const char* kAllThatOpen[] = {"report shop",
                                        "orders shop",
                                        "unassigned shop",
                                        "stats shop",
                                        "export shop",
                                        "backup shop copy",
                                        "log shop",
                                        "snapshot shop",
                                        "import shop more.csv new.csv",
                                        "archive shop --before 2100-01-01 old",
                                        "migrate shop current",
                                        "migrate shop upgrade head",
                                        "verify shop",
                                        "verify --quiet shop",
                                        "salvage shop saved",
                                        "shell shop < /dev/null"};

TEST_F(OperatingTest, AStoreOfANewerFormatEndsWithFourAndStays) {
  const std::string identity = folder_.Get("shop/STORE");
  const std::string text = "orderstore store, format 2\nnew: line\n";
  folder_.Put("shop/STORE",
              text + absl::StrFormat("checksum %016x\n", io::Checksum(text)));
  const auto files = Files();
  const std::string message =
      "shop/STORE is of format 2, and this program reads 1; open it with the "
      "program that wrote it";
  for (const char* command : kAllThatOpen) {
    const Outcome outcome = Run(command);
    EXPECT_EQ(outcome.exit_code, 4) << command;
    if (std::string_view(command).starts_with("shell")) {
      EXPECT_EQ(outcome.out, "error invalid " + message + "\n");
      EXPECT_EQ(outcome.err, "");
    } else {
      EXPECT_EQ(outcome.out, "") << command;
      EXPECT_THAT(outcome.err, StartsWith("orderstore: " + message + "; "))
          << command;
    }
  }
  EXPECT_TRUE(Files() == files);
  folder_.Put("shop/STORE", identity);
  ExpectAsItWas();
  ExpectWorkGoesOn();
}

TEST_F(OperatingTest, AStoreOfALaterRevisionEndsWithFourAndStays) {
  const std::string name = "shop/0000000001.log";
  const std::string known = folder_.Get(name);
  absl::StatusOr<wal::SegmentHeader> header = wal::DecodeSegmentHeader(
      std::string_view(known).substr(0, io::kSectorBytes), name);
  ASSERT_TRUE(header.ok()) << header.status();
  header->schema = static_cast<SchemaRevision>(4);
  std::string later = known;
  wal::EncodeSegmentHeader(*header, later.data());
  folder_.Put(name, later);
  const auto files = Files();
  for (const char* command : kAllThatOpen) {
    const Outcome outcome = Run(command);
    EXPECT_EQ(outcome.exit_code, 4) << command;
    EXPECT_THAT(outcome.out + outcome.err,
                HasSubstr(name + " has schema revision 4, and this program "
                                 "knows 1 to 3; `orderstore migrate DIR "
                                 "downgrade 0003` of the program that wrote"))
        << command;
  }
  EXPECT_THAT(Run("shell shop < /dev/null").out, StartsWith("error invalid "));
  EXPECT_TRUE(Files() == files);
  folder_.Put(name, known);
  ExpectAsItWas();
  ExpectWorkGoesOn();
}

// ---- Another process -------------------------------------------------------

TEST_F(OperatingTest, AStoreThatAnotherProcessWritesIsNamedWithItsId) {
  ShellProcess other({"shop"}, folder_);
  ASSERT_EQ(other.Ask("begin"), "ok\n");
  ASSERT_EQ(other.Ask("barcode x"), "ok 4\n");
  const std::string message =
      "shop is open in process " + std::to_string(other.pid()) +
      "; close it there first; what only reads works beside it";
  for (const char* command :
       {"snapshot shop", "import shop more.csv new.csv",
        "archive shop --before 2100-01-01 old", "migrate shop upgrade head",
        "shell shop < /dev/null"}) {
    const Outcome outcome = Run(command);
    EXPECT_EQ(outcome.exit_code, 1) << command;
    EXPECT_THAT(outcome.out + outcome.err, HasSubstr(message)) << command;
  }
  EXPECT_THAT(Run("shell shop < /dev/null").out, StartsWith("error busy "));
  ExpectAsItWas();
  // However it ends.
  other.Kill(SIGKILL);
  const int status = other.Wait();
  EXPECT_TRUE(WIFSIGNALED(status));
  ExpectAsItWas();
  ExpectWorkGoesOn();
}

// ---- Damage ----------------------------------------------------------------

TEST_F(OperatingTest, ADamagedFileEndsWithThreeAndStays) {
  const std::string name = "shop/0000000001.log";
  const std::string whole = folder_.Get(name);
  std::string damaged = whole;
  damaged[4096 + 100] = static_cast<char>(damaged[4096 + 100] ^ 1);
  folder_.Put(name, damaged);
  const auto files = Files();
  for (const char* command :
       {"report shop", "import shop more.csv new.csv", "snapshot shop",
        "migrate shop upgrade head", "backup shop copy", "log shop",
        "verify shop", "verify --quiet shop", "shell shop < /dev/null"}) {
    const Outcome outcome = Run(command);
    EXPECT_EQ(outcome.exit_code, 3) << command;
    EXPECT_THAT(outcome.out + outcome.err, HasSubstr("0000000001.log at "))
        << command;
    EXPECT_THAT(outcome.err, HasSubstr("salvage")) << command;
  }
  EXPECT_TRUE(Files() == files);
  folder_.Put(name, whole);
  ExpectAsItWas();
  ExpectWorkGoesOn();
}

TEST_F(OperatingTest, AStoreWithoutItsIdentityEndsWithThreeAndStays) {
  const std::string identity = folder_.Get("shop/STORE");
  std::filesystem::remove(folder_ / "shop/STORE");
  const auto files = Files();
  for (const char* command :
       {"report shop", "stats shop", "orders shop", "export shop",
        "import shop more.csv new.csv", "snapshot shop", "migrate shop current",
        "migrate shop upgrade head", "backup shop copy", "log shop",
        "verify shop", "shell shop < /dev/null"}) {
    const Outcome outcome = Run(command);
    EXPECT_EQ(outcome.exit_code, 3) << command;
    EXPECT_THAT(outcome.out + outcome.err, HasSubstr("is missing")) << command;
  }
  EXPECT_TRUE(Files() == files);
  folder_.Put("shop/STORE", identity);
  ExpectAsItWas();
  ExpectWorkGoesOn();
}

// ---- Another user's files, and read-only ones ------------------------------

// Root may read and write everything; where that runs the tests, the command
// runs as another user, and else as the same user.
class PermissionTest : public OperatingTest {
 protected:
  void SetUp() override {
    if (!is_root()) return;
    // Where that user can read it, and may be unable to in the build folder.
    const Outcome able =
        RunScript(folder_,
                  "chmod 755 . && chmod 644 *.csv && cp \"$ORDERSTORE\" "
                  "orderstore && chmod 755 orderstore && " +
                      AsNobody() + "./orderstore --version");
    if (able.exit_code != 0) {
      GTEST_SKIP() << "the command cannot be run as another user: " << able.err;
    }
  }
  // What a test took away, so that the folder can be removed.
  void TearDown() override { RunScript(folder_, "chmod -R u+rwX ."); }

  static bool is_root() { return geteuid() == 0; }
  static std::string AsNobody() {
    return "setpriv --reuid=65533 --regid=65533 --clear-groups ";
  }

  Outcome RunAsUser(const std::string& arguments) {
    return is_root()
               ? RunScript(folder_, AsNobody() + "./orderstore " + arguments)
               : Run(arguments);
  }
  // Makes the store that of the user whom the command runs as.
  void GiveToUser() {
    if (!is_root()) return;
    ASSERT_EQ(RunScript(folder_, "chown -R 65533:65533 shop").exit_code, 0);
  }
  // The files of a store, and its folder, that are not that user's.
  std::string OfOthers(const std::string& shop) {
    return RunScript(folder_, "find " + shop + " ! -uid 65533 -o ! -gid 65533")
        .out;
  }
  void Chmod(const std::string& arguments) {
    ASSERT_EQ(RunScript(folder_, "chmod " + arguments).exit_code, 0);
  }
  static std::string DeniedToUser() {
    return "Permission denied; this process runs as user " +
           std::to_string(is_root() ? uid_t{65533} : geteuid()) +
           ": see the owner and the mode of the file and of its folder";
  }
};

TEST_F(PermissionTest, AnotherUsersStoreIsNamedWithWhoRunsTheCommand) {
  // A store's folder is its owner's alone. An owner who may not look into it
  // is refused in the same way.
  if (!is_root()) Chmod("000 shop");
  const std::string message = "cannot open the folder shop: " + DeniedToUser();
  for (const char* command : {"report shop", "verify shop", "log shop",
                              "snapshot shop", "import shop more.csv new.csv",
                              "salvage shop saved", "migrate shop current"}) {
    const Outcome outcome = RunAsUser(command);
    EXPECT_EQ(outcome.exit_code, 1) << command;
    EXPECT_EQ(outcome.out, "") << command;
    EXPECT_THAT(outcome.err, StartsWith("orderstore: " + message + "; "))
        << command;
  }
  const Outcome shell = RunAsUser("shell shop < /dev/null");
  EXPECT_EQ(shell.exit_code, 1);
  EXPECT_EQ(shell.out, "error readonly " + message + "\n");
  Chmod("700 shop");
  ExpectAsItWas();
  GiveToUser();
  EXPECT_EQ(RunAsUser("report shop").out, before_);
  EXPECT_EQ(RunAsUser("import shop more.csv new.csv").exit_code, 0);
}

TEST_F(PermissionTest, OneFileOfAnotherUserIsNamed) {
  GiveToUser();
  Chmod("000 shop/0000000001.log");
  for (const char* command :
       {"report shop", "import shop more.csv new.csv", "verify shop"}) {
    const Outcome outcome = RunAsUser(command);
    EXPECT_EQ(outcome.exit_code, 1) << command;
    EXPECT_THAT(outcome.err,
                HasSubstr("cannot open shop/0000000001.log: " + DeniedToUser()))
        << command;
  }
  Chmod("600 shop/0000000001.log");
  EXPECT_EQ(RunAsUser("report shop").out, before_);
  EXPECT_EQ(RunAsUser("import shop more.csv new.csv").exit_code, 0);
}

TEST_F(PermissionTest, AReadOnlyStoreIsReadAndNotWritten) {
  GiveToUser();
  Chmod("400 shop/*");
  Chmod("500 shop");
  for (const char* command : {"import shop more.csv new.csv", "snapshot shop",
                              "archive shop --before 2100-01-01 shop-old",
                              "migrate shop upgrade head"}) {
    const Outcome outcome = RunAsUser(command);
    EXPECT_EQ(outcome.exit_code, 1) << command;
    EXPECT_EQ(outcome.out, "") << command;
    EXPECT_THAT(outcome.err,
                HasSubstr("cannot open shop/LOCK: " + DeniedToUser()))
        << command;
  }
  EXPECT_EQ(RunAsUser("report shop").out, before_);
  EXPECT_EQ(RunAsUser("verify --quiet shop").exit_code, 0);
  Chmod("700 shop");
  Chmod("600 shop/*");
  ExpectAsItWas();
  EXPECT_EQ(RunAsUser("import shop more.csv new.csv").exit_code, 0);
}

TEST_F(PermissionTest, AFolderThatTakesNoNewFileIsSaidToTakeNone) {
  GiveToUser();
  Chmod("500 shop");
  const Outcome outcome = RunAsUser("snapshot shop");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("cannot open shop/00000000000000000001.snapshot.tmp: " +
                        DeniedToUser() + "; no snapshot was written"));
  Chmod("700 shop");
  ExpectAsItWas();
  EXPECT_EQ(RunAsUser("snapshot shop").exit_code, 0);
}

TEST_F(PermissionTest, WhatRootWritesToAUsersStoreIsThatUsers) {
  if (!is_root()) GTEST_SKIP() << "only root writes to another user's store";
  GiveToUser();
  EXPECT_EQ(Run("snapshot shop").exit_code, 0);
  EXPECT_EQ(OfOthers("shop"), "");
  EXPECT_EQ(RunAsUser("import shop more.csv new.csv").exit_code, 0);
  // Begins a new file of the log, too.
  EXPECT_EQ(Run("migrate shop upgrade head").exit_code, 0);
  EXPECT_TRUE(folder_.Has("shop/0000000002.log"));
  EXPECT_EQ(OfOthers("shop"), "");
  EXPECT_EQ(RunAsUser("snapshot shop").exit_code, 0);
  // All files of a store in a folder that was empty.
  ASSERT_EQ(RunScript(folder_, "mkdir new copy && chown 65533:65533 new copy")
                .exit_code,
            0);
  EXPECT_EQ(Run("import new o.csv b.csv").exit_code, 0);
  EXPECT_EQ(Run("backup new copy").exit_code, 0);
  EXPECT_EQ(OfOthers("new copy"), "");
  EXPECT_EQ(RunAsUser("import new more.csv new.csv").exit_code, 0);
  EXPECT_EQ(RunAsUser("report copy").out, before_);
}

TEST_F(PermissionTest, WhatRootCannotGiveToTheUserIsNotWritten) {
  const std::string unable = "setpriv --inh-caps=-chown --bounding-set=-chown ";
  if (!is_root() || RunScript(folder_, unable + "true").exit_code != 0) {
    GTEST_SKIP() << "there is no root without the right to give files away";
  }
  GiveToUser();
  const Outcome outcome =
      RunScript(folder_, unable + "\"$ORDERSTORE\" snapshot shop");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(
      outcome.err,
      AllOf(HasSubstr("cannot give shop/00000000000000000001.snapshot.tmp to "
                      "the owner of shop: Operation not permitted; this "
                      "process runs as user 0: "),
            HasSubstr("; no snapshot was written\n")));
  EXPECT_EQ(OfOthers("shop"), "");
  ExpectAsItWas();
  EXPECT_EQ(RunAsUser("snapshot shop").exit_code, 0);
}

TEST_F(PermissionTest, WhereNoFolderCanBeMadeNothingIsImported) {
  RunScript(folder_, "mkdir full");
  Chmod("555 full");
  const Outcome outcome = RunAsUser("import full/shop o.csv b.csv");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("cannot make the folder full/shop: " + DeniedToUser() +
                        "; nothing was imported"));
  Chmod("777 full");
  EXPECT_EQ(RunAsUser("import full/shop o.csv b.csv").exit_code, 0);
}

// ---- Limits of the process -------------------------------------------------

// Whatever the shell counts it in, 512 or 1024 bytes, less than a segment.
TEST_F(OperatingTest, UnderALimitOfFileSizesItSaysSoAndEndsWithOne) {
  const Outcome outcome = RunScript(
      folder_, "ulimit -f 4096; \"$ORDERSTORE\" import new o.csv b.csv");
  EXPECT_EQ(outcome.exit_code, 1) << "no signal";
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("of new/0000000001.log.tmp: File too large; "
                              "raise `ulimit -f`"),
                    HasSubstr("; nothing was imported\n")));
  EXPECT_FALSE(folder_.Has("new/STORE"));
  // Files that are there are no longer written beyond their end.
  EXPECT_EQ(RunScript(folder_, "ulimit -f 4096; \"$ORDERSTORE\" snapshot shop")
                .exit_code,
            0);
  ExpectAsItWas();
  ExpectWorkGoesOn();
  EXPECT_EQ(Run("import new o.csv b.csv").exit_code, 0);
  EXPECT_EQ(Run("report new").out, before_);
}

TEST_F(OperatingTest, UnderALimitOfMemoryItSaysWhichToLift) {
#ifdef ORDERSTORE_SANITIZED
  GTEST_SKIP() << "a sanitizer needs more addresses than the limit leaves";
#endif
  for (const char* command : {"report shop", "import shop more.csv new.csv",
                              "shell shop < /dev/null"}) {
    const Outcome outcome = RunScript(
        folder_, std::string("ulimit -v 8000000; \"$ORDERSTORE\" ") + command);
    EXPECT_EQ(outcome.exit_code, 1) << command;
    EXPECT_THAT(outcome.out + outcome.err,
                AllOf(HasSubstr("GiB of address space: "),
                      HasSubstr("lift `ulimit -v`")))
        << command;
  }
  ExpectAsItWas();
  ExpectWorkGoesOn();
}

}  // namespace
}  // namespace orderstore
