// Whether a server's rows are those of a store.

#ifndef ORDERSTORE_TESTS_SQL_EXPECT_ROWS_H_
#define ORDERSTORE_TESTS_SQL_EXPECT_ROWS_H_

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "orderstore/read_view.h"
#include "sql/database.h"
#include "sql/dump.h"
#include "sql/schema.h"

namespace orderstore::sql {

// They are those that a script would have loaded.
inline void ExpectRowsOf(const ReadView& view, const Database& database,
                         const std::string& schema = "public") {
  std::string script;
  ASSERT_TRUE(WriteDump(view, {.schema = schema, .with_schema = false},
                        [&](std::string_view bytes) {
                          script += bytes;
                          return absl::OkStatus();
                        })
                  .ok());
  for (const Table table : kTables) {
    std::string columns(ColumnsOf(table));
    // In any time zone's type.
    const std::string times = "created_at, updated_at";
    columns.replace(columns.find(times), times.size(),
                    "created_at::timestamp, updated_at::timestamp");
    const std::string rows = database.Query(
        "SET TimeZone = 'UTC'; COPY (SELECT " + columns + " FROM " +
        Qualified(schema, table) + " ORDER BY id) TO STDOUT");
    EXPECT_TRUE(script.find(") FROM stdin;\n" + rows + "\\.\n") != script.npos)
        << NameOf(table) << ": " << rows.substr(0, 500);
  }
}

}  // namespace orderstore::sql

#endif  // ORDERSTORE_TESTS_SQL_EXPECT_ROWS_H_
