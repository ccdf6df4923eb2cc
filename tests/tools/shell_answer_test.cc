#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "orderstore/schema_revision.h"
#include "shell/answer.h"

namespace orderstore::shell {
namespace {

TEST(ShellAnswerTest, OkAndCommittedHaveTheirWords) {
  EXPECT_EQ(Answer::Ok().Line(), "ok");
  EXPECT_EQ(Answer::Ok("7").Line(), "ok 7");
  EXPECT_EQ(Answer::Committed(12).Line(), "committed 12");
  EXPECT_EQ(Answer::Committed(12, "7").Line(), "committed 12 7");
  EXPECT_FALSE(Answer::Committed(12).is_error());
}

TEST(ShellAnswerTest, EveryCodeOfTheLibraryHasAWord) {
  const auto line = [](const absl::Status& status) {
    return Answer::Error(status).Line();
  };
  EXPECT_EQ(line(absl::AlreadyExistsError("x")), "error exists x");
  EXPECT_EQ(line(absl::NotFoundError("x")), "error missing x");
  EXPECT_EQ(line(absl::InvalidArgumentError("x")), "error invalid x");
  EXPECT_EQ(line(absl::DeadlineExceededError("x")), "error busy x");
  EXPECT_EQ(line(absl::FailedPreconditionError("x")), "error busy x");
  EXPECT_EQ(line(absl::ResourceExhaustedError("x")), "error full x");
  EXPECT_EQ(line(absl::DataLossError("x")), "error corrupt x");
  EXPECT_EQ(line(absl::PermissionDeniedError("x")), "error readonly x");
  EXPECT_EQ(line(absl::UnknownError("x")), "error unknown x");
  EXPECT_EQ(line(absl::UnavailableError("x")), "error io x");
  EXPECT_EQ(line(absl::InternalError("x")), "error io x");
}

TEST(ShellAnswerTest, WhatAnotherVersionReadsIsInvalidAndNotBusy) {
  EXPECT_EQ(Answer::Error(UnknownFormat("x")).Line(), "error invalid x");
  EXPECT_EQ(Answer::Error(SchemaMismatch("x")).Line(), "error invalid x");
}

TEST(ShellAnswerTest, DamageIsToldAsFileAndOffset) {
  const auto line = [](const char* message) {
    return Answer::Error(absl::DataLossError(message)).Line();
  };
  EXPECT_EQ(line("shop/1.log at offset 4096: bad checksum"),
            "error corrupt shop/1.log at 4096: bad checksum");
  EXPECT_EQ(line("my shop/1.log at offset 0: no header"),
            "error corrupt \"my shop/1.log\" at 0: no header");
  EXPECT_EQ(line("at offset"), "error corrupt at offset");
  EXPECT_EQ(line("x at offset y"), "error corrupt x at offset y");
  EXPECT_EQ(line("x at offset "), "error corrupt x at offset ");
}

TEST(ShellAnswerTest, TextIsMadeFitForOneLine) {
  EXPECT_EQ(Answer::Error(ErrorCode::kIo, "a\nok\x1b").Line(),
            "error io a\\x0aok\\x1b");
  EXPECT_EQ(Answer::Error(ErrorCode::kIo, "").Line(), "error io");
}

}  // namespace
}  // namespace orderstore::shell
