#include "io/error.h"

#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <string>
#include <utility>

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
      {Code::kResourceExhausted,
       {ENOSPC, EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM}},
      {Code::kInvalidArgument, {ENOTDIR, ELOOP, ENAMETOOLONG}},
      {Code::kUnavailable,
       {EIO, EINVAL, EBADF, EISDIR, ENODEV, ESTALE, EINTR, EAGAIN, EBUSY,
        ENOTEMPTY, 9999}},
  };
  for (const auto& [code, errors] : kTable) {
    for (const int error : errors) {
      EXPECT_EQ(CallError(error, "cannot").code(), code) << error;
    }
  }
}

TEST(ErrorTest, AMessageEndsWithTheTextOfTheError) {
  EXPECT_EQ(CallError(EIO, "cannot sync shop/1.log").message(),
            "cannot sync shop/1.log: Input/output error");
}

TEST(ErrorTest, WhatCanBeMendedHasAHint) {
  EXPECT_EQ(CallError(ENOSPC, "cannot sync shop/1.log").message(),
            "cannot sync shop/1.log: No space left on device; free some space "
            "there");
  EXPECT_EQ(std::string(CallError(EACCES, "cannot open shop/LOCK").message()),
            "cannot open shop/LOCK: Permission denied; this process runs as "
            "user " +
                std::to_string(geteuid()) +
                ": see the owner and the mode of the file and of its folder");
  EXPECT_EQ(CallError(EROFS, "cannot open shop/LOCK").message(),
            "cannot open shop/LOCK: Read-only file system; its file system is "
            "mounted read-only: mount it to write, or see the kernel's log if "
            "an error of the disk made it so");
  for (const auto& [error, hint] :
       {std::pair(EPERM, "; this process runs as user "),
        {EDQUOT, "; a disk quota is used up: free some space there"},
        {EFBIG, "; raise `ulimit -f`"},
        {EMFILE, "; raise `ulimit -n`"}}) {
    EXPECT_NE(CallError(error, "x").message().find(hint), std::string::npos)
        << error;
  }
}

}  // namespace
}  // namespace orderstore::io
