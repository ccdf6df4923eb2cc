#include "csv/system_error.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace orderstore::csv {
namespace {

TEST(SystemErrorTest, HasTheSystemsWordsAndItsCode) {
  const absl::Status status = SystemError(ENOENT, "cannot open x");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "cannot open x: No such file or directory");
}

TEST(SystemErrorTest, KeepsTheErrnoWhereTheCodeIsTheSame) {
  EXPECT_EQ(ErrnoOf(SystemError(ENOSPC, "x")), ENOSPC);
  EXPECT_EQ(ErrnoOf(SystemError(EMFILE, "x")), EMFILE);
}

TEST(SystemErrorTest, OtherErrorsHaveNone) {
  EXPECT_EQ(ErrnoOf(absl::OkStatus()), 0);
  EXPECT_EQ(ErrnoOf(absl::NotFoundError("x")), 0);
}

}  // namespace
}  // namespace orderstore::csv
