// What Prometheus is shown: the format, to the letter, and the figures.

#include "orderstore/prometheus.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orderstore/open_report.h"
#include "orderstore/stats.h"
#include "orderstore/sync_times.h"
#include "prometheus_reading.h"
#include "store/folder_test.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Samples = std::map<std::string, std::string>;

// A store that is open to write in a folder; all figures differ.
StoreStats SomeStats() {
  StoreStats stats;
  stats.lsn = 101;
  stats.counts = {.customers = 102,
                  .orders = 103,
                  .barcodes = 104,
                  .unassigned_barcodes = 105,
                  .unused_barcodes = 106};
  stats.customers = {.row_bytes = 201,
                     .id_directory_bytes = 202,
                     .hash_index_bytes = 203,
                     .child_index_bytes = 204};
  stats.orders = {.row_bytes = 205,
                  .id_directory_bytes = 206,
                  .hash_index_bytes = 0,
                  .child_index_bytes = 207};
  stats.barcodes = {.row_bytes = 208,
                    .id_directory_bytes = 209,
                    .hash_index_bytes = 210,
                    .child_index_bytes = 0};
  stats.long_text_bytes = 211;
  stats.unassigned_index_bytes = 212;
  stats.ranking_bytes = 213;
  stats.version_bytes = 214;
  stats.memory_bytes_max = 216;
  stats.has_log = true;
  stats.durable_lsn = 100;
  stats.unsynced_transactions = 301;
  stats.unsynced_bytes = 302;
  stats.unsynced_age = microseconds(1'500'000);
  stats.log_bytes = 303;
  stats.sync_times.counts[0] = 1;   // up to 10 us
  stats.sync_times.counts[4] = 20;  // up to 200 us
  stats.sync_times.counts.back() = 3;
  stats.sync_times.sum = nanoseconds(31'000'000'007);
  stats.snapshot_lsn = 90;
  stats.snapshot_age = std::chrono::hours(1);
  stats.snapshot_duration = microseconds(20'001);
  stats.snapshot_being_written = true;
  stats.snapshot_status = absl::ResourceExhaustedError("full");
  stats.versions = 401;
  stats.read_views_open = 402;
  stats.oldest_read_view_lsn = 80;
  stats.oldest_read_view_lag = microseconds(1);
  return stats;
}

OpenReport SomeReport() {
  OpenReport report;
  report.closed_cleanly = false;
  report.lsn = 70;
  report.snapshot_lsn = 60;
  report.bad_snapshots = {"one", "two"};
  report.replayed = 10;
  report.torn_bytes = 501;
  report.unfinished_bytes = 502;
  report.removed_files = 503;
  report.snapshot_seconds = std::chrono::milliseconds(250);
  report.replay_seconds = std::chrono::milliseconds(500);
  report.total_seconds = std::chrono::milliseconds(750);
  return report;
}

// The samples of a text that is right in every way.
Samples Read(const std::string& text) {
  const PrometheusReading reading(text);
  EXPECT_THAT(reading.problems(), IsEmpty());
  return reading.samples();
}

// The samples whose names begin so, without that.
Samples Of(const Samples& samples, const std::string& begin) {
  Samples of;
  for (const auto& [name, value] : samples) {
    if (name.starts_with(begin)) of[name.substr(begin.size())] = value;
  }
  return of;
}

TEST(PrometheusTest, EveryFigureHasItsSample) {
  Samples samples = Read(PrometheusText(SomeStats(), SomeReport()));
  std::erase_if(samples, [](const auto& sample) {
    return sample.first.starts_with("orderstore_memory_bytes") ||
           sample.first.starts_with("orderstore_log_sync") ||
           sample.first.starts_with("orderstore_open");
  });
  EXPECT_EQ(samples,
            (Samples{
                {"orderstore_committed_lsn", "101"},
                {"orderstore_durable_lsn", "100"},
                {"orderstore_rows{table=\"customers\"}", "102"},
                {"orderstore_rows{table=\"orders\"}", "103"},
                {"orderstore_rows{table=\"barcodes\"}", "104"},
                {"orderstore_unassigned_barcodes", "105"},
                {"orderstore_unused_barcodes", "106"},
                {"orderstore_memory_limit_bytes", "216"},
                {"orderstore_versions", "401"},
                {"orderstore_read_views_open", "402"},
                {"orderstore_oldest_read_view_lsn", "80"},
                {"orderstore_oldest_read_view_lag_seconds", "0.000001"},
                {"orderstore_log_ok", "1"},
                {"orderstore_unsynced_transactions", "301"},
                {"orderstore_unsynced_bytes", "302"},
                {"orderstore_unsynced_age_seconds", "1.5"},
                {"orderstore_log_written_bytes_total", "303"},
                {"orderstore_snapshot_lsn", "90"},
                {"orderstore_snapshot_age_seconds", "3600"},
                {"orderstore_snapshot_ok", "0"},
                {"orderstore_snapshot_being_written", "1"},
                {"orderstore_snapshot_duration_seconds", "0.020001"},
            }));
}

TEST(PrometheusTest, MemoryIsByTableAndPart) {
  EXPECT_EQ(Of(Read(PrometheusText(SomeStats(), SomeReport())),
               "orderstore_memory_bytes"),
            (Samples{
                {"{table=\"customers\",part=\"rows\"}", "201"},
                {"{table=\"customers\",part=\"id_directory\"}", "202"},
                {"{table=\"customers\",part=\"hash_index\"}", "203"},
                {"{table=\"customers\",part=\"child_index\"}", "204"},
                {"{table=\"orders\",part=\"rows\"}", "205"},
                {"{table=\"orders\",part=\"id_directory\"}", "206"},
                {"{table=\"orders\",part=\"hash_index\"}", "0"},
                {"{table=\"orders\",part=\"child_index\"}", "207"},
                {"{table=\"barcodes\",part=\"rows\"}", "208"},
                {"{table=\"barcodes\",part=\"id_directory\"}", "209"},
                {"{table=\"barcodes\",part=\"hash_index\"}", "210"},
                {"{table=\"barcodes\",part=\"child_index\"}", "0"},
                {"{part=\"long_text\"}", "211"},
                {"{part=\"unassigned_index\"}", "212"},
                {"{part=\"ranking\"}", "213"},
                {"{part=\"versions\"}", "214"},
            }));
}

TEST(PrometheusTest, TheBucketsOfTheSyncsAddUp) {
  EXPECT_EQ(
      Of(Read(PrometheusText(SomeStats(), SomeReport())),
         "orderstore_log_sync_seconds"),
      (Samples{
          {"_bucket{le=\"0.00001\"}", "1"}, {"_bucket{le=\"0.00002\"}", "1"},
          {"_bucket{le=\"0.00005\"}", "1"}, {"_bucket{le=\"0.0001\"}", "1"},
          {"_bucket{le=\"0.0002\"}", "21"}, {"_bucket{le=\"0.0005\"}", "21"},
          {"_bucket{le=\"0.001\"}", "21"},  {"_bucket{le=\"0.002\"}", "21"},
          {"_bucket{le=\"0.005\"}", "21"},  {"_bucket{le=\"0.01\"}", "21"},
          {"_bucket{le=\"0.02\"}", "21"},   {"_bucket{le=\"0.05\"}", "21"},
          {"_bucket{le=\"0.1\"}", "21"},    {"_bucket{le=\"0.2\"}", "21"},
          {"_bucket{le=\"0.5\"}", "21"},    {"_bucket{le=\"1\"}", "21"},
          {"_bucket{le=\"2\"}", "21"},      {"_bucket{le=\"5\"}", "21"},
          {"_bucket{le=\"10\"}", "21"},     {"_bucket{le=\"+Inf\"}", "24"},
          {"_sum", "31.000000007"},         {"_count", "24"},
      }));
}

TEST(PrometheusTest, WhatTheOpeningFoundIsThere) {
  EXPECT_EQ(
      Of(Read(PrometheusText(SomeStats(), SomeReport())), "orderstore_open_"),
      (Samples{
          {"created", "0"},
          {"closed_cleanly", "0"},
          {"lsn", "70"},
          {"snapshot_lsn", "60"},
          {"replayed_transactions", "10"},
          {"bad_snapshots", "2"},
          {"incomplete_bytes{kind=\"torn\"}", "501"},
          {"incomplete_bytes{kind=\"unfinished\"}", "502"},
          {"removed_files", "503"},
          {"seconds", "0.75"},
          {"phase_seconds{phase=\"snapshot\"}", "0.25"},
          {"phase_seconds{phase=\"replay\"}", "0.5"},
      }));
}

TEST(PrometheusTest, WhatHasNoMeaningOrIsNotKnownIsLeftOut) {
  StoreStats stats;  // as in memory, or to read only
  const Samples samples = Read(PrometheusText(stats, OpenReport()));
  EXPECT_THAT(Of(samples, "orderstore_log_"), IsEmpty());
  EXPECT_THAT(Of(samples, "orderstore_unsynced_"), IsEmpty());
  EXPECT_EQ(Of(samples, "orderstore_snapshot_"), (Samples{{"lsn", "0"}}));
  EXPECT_EQ(samples.at("orderstore_oldest_read_view_lag_seconds"), "0");
  stats.snapshot_age = microseconds(0);
  EXPECT_EQ(Of(Read(PrometheusText(stats, OpenReport())),
               "orderstore_snapshot_age_seconds"),
            (Samples{{"", "0"}}));
}

TEST(PrometheusTest, ALogThatHasFailedShows) {
  StoreStats stats = SomeStats();
  stats.log_status = absl::UnavailableError("the log has failed");
  EXPECT_EQ(Read(PrometheusText(stats, OpenReport())).at("orderstore_log_ok"),
            "0");
}

TEST(PrometheusTest, TheStoresNameIsALabelOfEverySample) {
  const Samples samples =
      Read(PrometheusText(SomeStats(), SomeReport(), "a \"shop\" in C:\\\n7"));
  const std::string label = R"({store="a \"shop\" in C:\\\n7")";
  EXPECT_EQ(samples.at("orderstore_committed_lsn" + label + "}"), "101");
  EXPECT_EQ(samples.at("orderstore_rows" + label + ",table=\"orders\"}"),
            "103");
  for (const auto& [name, value] : samples) {
    EXPECT_THAT(name, HasSubstr(label));
  }
}

// ---- The text of a store ---------------------------------------------------

class PrometheusStoreTest : public FolderTest {};

TEST_F(PrometheusStoreTest, TheTextIsWhatTheStatsTell) {
  Open();
  for (int i = 0; i < 5; ++i) Put("A" + std::to_string(i));
  ASSERT_THAT(store_->WriteSnapshot(), IsOk());
  Put("B", Durability::kAsync);
  const ReadView view = store_->OpenReadView();
  const StoreStats stats = store_->Stats();
  const Samples samples = Read(PrometheusText(stats, store_->open_report()));
  const auto value = [&](const std::string& name) {
    return samples.at("orderstore_" + name);
  };
  EXPECT_EQ(value("committed_lsn"), "6");
  EXPECT_EQ(value("durable_lsn"), "5");
  EXPECT_EQ(value("rows{table=\"barcodes\"}"), "6");
  EXPECT_EQ(value("unsynced_transactions"), "1");
  EXPECT_EQ(value("snapshot_lsn"), "5");
  EXPECT_EQ(value("read_views_open"), "1");
  EXPECT_EQ(value("oldest_read_view_lsn"), "5");
  EXPECT_EQ(value("log_sync_seconds_count"), "5");
  EXPECT_EQ(value("log_written_bytes_total"), std::to_string(stats.log_bytes));
  EXPECT_EQ(value("open_created"), "1");
  int64_t memory_bytes = 0;
  for (const auto& [part, bytes] : Of(samples, "orderstore_memory_bytes")) {
    memory_bytes += std::stoll(bytes);
  }
  EXPECT_EQ(memory_bytes, stats.memory_bytes);
}

TEST_F(PrometheusStoreTest, AReadersTextHasNothingOfTheWriter) {
  Open();
  Put("A");
  const std::unique_ptr<Store> reader = TryOpenReadOnly().value();
  const Samples samples =
      Read(PrometheusText(reader->Stats(), reader->open_report()));
  EXPECT_EQ(samples.at("orderstore_rows{table=\"barcodes\"}"), "1");
  EXPECT_EQ(samples.at("orderstore_open_closed_cleanly"), "0");
  EXPECT_THAT(Of(samples, "orderstore_log_"), IsEmpty());
}

// ---- The reading can complain ----------------------------------------------

TEST(PrometheusReadingTest, EveryMistakeIsFound) {
  const std::string head = "# HELP a x\n# TYPE a gauge\n";
  const std::string histogram = "# HELP h x\n# TYPE h histogram\n";
  const std::string good = histogram +
                           "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\n"
                           "h_sum 3\nh_count 2\n";
  EXPECT_THAT(PrometheusReading(head + "a 1\na{b=\"c\\\"\"} 1.5\n").problems(),
              IsEmpty());
  EXPECT_THAT(PrometheusReading(good).problems(), IsEmpty());
  const std::map<std::string, std::string> mistakes = {
      {head + "a 1", "no end"},
      {"a 1\n", "no HELP and TYPE"},
      {"# HELP a x\na 1\n", "no HELP and TYPE"},
      {"# HELP a\n# TYPE a gauge\na 1\n", "a text is missing"},
      {"# HELP a \\x\n# TYPE a gauge\na 1\n", "not escaped"},
      {"# HELP a x\n# TYPE b gauge\na 1\n", "does not follow HELP"},
      {"# HELP a x\n# TYPE a number\na 1\n", "no such type"},
      {"# HELP a x\n# TYPE a counter\na 1\n", "counters end"},
      {"# HELP a_total x\n# TYPE a_total gauge\na_total 1\n", "counters end"},
      {head + "a 1\n" + head + "a{b=\"c\"} 1\n", "family is there twice"},
      {head, "no samples"},
      {head + "b 1\n", "another family"},
      {head + "a 1\na 2\n", "this is there twice"},
      {head + "a{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 1\n",
       "this is there twice"},
      {head + "a x\n", "no number"},
      {head + "a 1 \n", "no number"},
      {head + "a  1\n", "no number"},
      {head + "a\n", "no sample"},
      {head + "a{b=c} 1\n", "no sample"},
      {head + "a{b=\"c} 1\n", "no sample"},
      {head + "a{b=\"\\c\"} 1\n", "no sample"},
      {head + "a{b=\"c\",b=\"d\"} 1\n", "no sample"},
      {head + "\na 1\n", "no sample"},
      {histogram + "h_bucket{le=\"+Inf\"} 2\nh_count 2\n", "no _sum"},
      {histogram + "h_bucket{le=\"+Inf\"} 2\nh_sum 1\n", "the _count"},
      {histogram + "h_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 3\n",
       "the _count"},
      {histogram + "h_bucket{le=\"1\"} 2\nh_sum 1\nh_count 2\n", "+Inf"},
      {histogram + "h_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 2\nh_sum 1\n"
                   "h_count 2\n",
       "buckets before do not grow"},
      {histogram + "h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\n"
                   "h_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 2\n",
       "bounds before do not grow"},
      {histogram + "h 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 2\n",
       "no sample of a histogram"},
  };
  for (const auto& [text, complaint] : mistakes) {
    EXPECT_THAT(PrometheusReading(text).problems(),
                Contains(HasSubstr(complaint)))
        << text;
  }
}

}  // namespace
}  // namespace orderstore
