#include "lateness.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace orderstore::bench {
namespace {

TEST(LatenessTest, IsTheLeastOfTheLastTenth) {
  Lateness lateness(20);
  for (int64_t i = 0; i < 18; ++i) lateness.Record(1);
  lateness.Record(70);
  lateness.Record(50);
  EXPECT_EQ(lateness.least_ns(), 50);
}

TEST(LatenessTest, OfFewIsThatOfTheLast) {
  Lateness lateness(3);
  for (const int64_t ns : {1, 2, 30}) lateness.Record(ns);
  EXPECT_EQ(lateness.least_ns(), 30);
}

}  // namespace
}  // namespace orderstore::bench
