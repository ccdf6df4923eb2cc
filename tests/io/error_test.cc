#include "io/error.h"

#include <cerrno>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace orderstore::io {
namespace {

TEST(ErrorTest, EveryErrorHasItsCode) {
  using Code = absl::StatusCode;
  const struct {
    Code code;
    std::initializer_list<int> errors;
  } kTable[] = {
      {Code::kNotFound, {ENOENT}},
      {Code::kAlreadyExists, {EEXIST}},
      {Code::kPermissionDenied, {EACCES, EPERM, EROFS}},
      {Code::kResourceExhausted, {ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM}},
      {Code::kInvalidArgument, {ENOTDIR, ELOOP, ENAMETOOLONG}},
      {Code::kUnavailable,
       {EIO, EINVAL, EBADF, EISDIR, EFBIG, ENODEV, ESTALE, EINTR, EAGAIN, EBUSY,
        ENOTEMPTY, 9999}},
  };
  for (const auto& [code, errors] : kTable) {
    for (const int error : errors) {
      EXPECT_EQ(CallError(error, "cannot").code(), code) << error;
    }
  }
}

TEST(ErrorTest, AMessageEndsWithTheTextOfTheError) {
  EXPECT_EQ(CallError(ENOSPC, "cannot sync shop/1.log").message(),
            "cannot sync shop/1.log: No space left on device");
}

}  // namespace
}  // namespace orderstore::io
