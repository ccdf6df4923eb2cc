#include "sql/connection.h"

#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sql/database.h"

namespace orderstore::sql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ConnectionTest : public testing::Test {
 protected:
  Connection Open() { return Connection::Open(database_.uri()).value(); }

  const Database database_;
};

TEST_F(ConnectionTest, QueriesGiveTextAndNull) {
  Connection server = Open();
  const Rows rows =
      server.Query("SELECT 1, NULL, 'a|b' UNION ALL SELECT 2, '', ''").value();
  ASSERT_EQ(rows.size(), 2);
  EXPECT_THAT(rows[0], ElementsAre("1", std::nullopt, "a|b"));
  EXPECT_THAT(rows[1], ElementsAre("2", "", ""));
  EXPECT_THAT(server.Description(),
              HasSubstr("database " + database_.name() + " on /"));
}

TEST_F(ConnectionTest, ErrorsHaveCodesAndTheServersText) {
  Connection server = Open();
  absl::Status status = server.Execute("SELECT 1/0");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(database_.name() + " on "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("division by zero"));
  status = server.Query("SELECT * FROM gone").status();
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("relation \"gone\" does not exist"));
  ASSERT_TRUE(server
                  .Execute("CREATE ROLE " + database_.name() +
                           "_guest; SET ROLE " + database_.name() + "_guest")
                  .ok());
  status = server.Execute("CREATE TABLE public.t (x int)");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(
      server.Execute("RESET ROLE; DROP ROLE " + database_.name() + "_guest")
          .ok());
}

TEST_F(ConnectionTest, CopyTellsHowManyRowsCame) {
  Connection server = Open();
  ASSERT_TRUE(server.Execute("CREATE TABLE public.t (x int)").ok());
  ASSERT_TRUE(server.BeginCopyIn("COPY public.t FROM STDIN").ok());
  ASSERT_TRUE(server.PutCopy("1\n2\n").ok());
  EXPECT_EQ(server.EndCopyIn().value(), 2);
  ASSERT_TRUE(server.BeginCopyIn("COPY public.t FROM STDIN").ok());
  ASSERT_TRUE(server.PutCopy("3\nno number\n").ok());
  EXPECT_THAT(std::string(server.EndCopyIn().status().message()),
              HasSubstr("invalid input syntax for type integer"));
  ASSERT_TRUE(server.BeginCopyIn("COPY public.t FROM STDIN").ok());
  ASSERT_TRUE(server.PutCopy("4\n").ok());
  EXPECT_TRUE(server.AbortCopyIn().ok());
  EXPECT_THAT(server.Query("SELECT count(*) FROM public.t").value()[0],
              ElementsAre("2"));
}

TEST_F(ConnectionTest, ALostConnectionIsUnavailable) {
  Connection server = Open();
  Connection other = Open();
  ASSERT_TRUE(other
                  .Execute("SELECT pg_terminate_backend(pid) FROM "
                           "pg_stat_activity WHERE datname = '" +
                           database_.name() + "' AND pid <> pg_backend_pid()")
                  .ok());
  EXPECT_EQ(server.Execute("SELECT 1").code(), absl::StatusCode::kUnavailable);
}

TEST(ConnectionErrorTest, NoServerIsUnavailable) {
  const absl::Status status =
      Connection::Open("postgresql:///shop?host=/nowhere").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("cannot connect to database shop on /nowhere: "));
}

// However the URI is misread, and whoever complains.
TEST(ConnectionErrorTest, NoMessageHasThePassword) {
  for (const char* uri :
       {"postgresql://ann:s3cr3t@localhost:1/shop",
        "postgresql://ann:s3cr3t@/shop?host=/nowhere",
        "postgresql://ann:s3/cr3t@localhost/shop",
        "postgresql://ann:@s3cr3t@localhost:x/shop",
        "postgresql://ann:s3cr3t@localhost:s3cr3t/shop",
        "postgresql://ann:s3cr3t@[::1/shop",
        "postgresql://ann:%s3cr3t@localhost/shop",
        "postgresql://ann:x@localhost/shop?password=s3cr3t&gone=1",
        "postgresql:///shop?host=/nowhere&password=s3cr3t",
        "host=/nowhere password=s3cr3t", "host=/nowhere password='s3cr3t",
        "host=/nowhere port=s3cr3t password=s3cr3t"}) {
    const absl::Status status = Connection::Open(uri).status();
    EXPECT_FALSE(status.ok()) << uri;
    for (const char* part : {"s3cr3t", "cr3t"}) {
      EXPECT_THAT(std::string(status.message()), Not(HasSubstr(part))) << uri;
    }
  }
}

}  // namespace
}  // namespace orderstore::sql
