#include "shell/row_lines.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "shell/words.h"

namespace orderstore::shell {

namespace {

void AppendTimes(Timestamp created_at, Timestamp updated_at,
                 std::string& line) {
  absl::StrAppend(&line, " ", TimeText(created_at), " ", TimeText(updated_at));
}

}  // namespace

std::string LineOf(const Customer& row, Detail detail) {
  std::string line = absl::StrCat("customer ", row.id.value(), " ");
  AppendWord(row.email, line);
  line += ' ';
  AppendWord(row.name, line);
  if (detail == Detail::kFull) {
    AppendTimes(row.created_at, row.updated_at, line);
  }
  return line;
}

std::string LineOf(const Order& row, Detail detail) {
  std::string line =
      absl::StrCat("order ", row.id.value(), " ", row.customer_id.value());
  if (detail == Detail::kFull) {
    AppendTimes(row.created_at, row.updated_at, line);
  }
  return line;
}

std::string LineOf(const Barcode& row, Detail detail) {
  std::string line = "barcode ";
  AppendWord(row.value, line);
  line += ' ';
  line += row.order_id ? std::to_string(row.order_id->value()) : "-";
  line += row.is_used ? " used" : " unused";
  if (detail == Detail::kFull) {
    absl::StrAppend(&line, " ", row.id.value());
    AppendTimes(row.created_at, row.updated_at, line);
  }
  return line;
}

std::string TimeText(Timestamp time) {
  using std::chrono::days;
  const auto day = std::chrono::floor<days>(time);
  // year_month_day has the years up to 32767 only; the Gregorian calendar
  // repeats every 400 years.
  constexpr int64_t kCycleDays = 146097;
  const int64_t cycles = day.time_since_epoch().count() / kCycleDays;
  const std::chrono::year_month_day in_cycle(
      day - days(static_cast<int32_t>(cycles * kCycleDays)));
  const int64_t year = static_cast<int>(in_cycle.year()) + 400 * cycles;
  const std::chrono::hh_mm_ss<std::chrono::microseconds> clock(time - day);
  const std::string year_text = year >= 0 && year <= 9999
                                    ? absl::StrFormat("%04d", year)
                                    : absl::StrFormat("%+05d", year);
  return absl::StrFormat("%s-%02u-%02uT%02d:%02d:%02d.%06dZ", year_text,
                         static_cast<unsigned>(in_cycle.month()),
                         static_cast<unsigned>(in_cycle.day()),
                         clock.hours().count(), clock.minutes().count(),
                         clock.seconds().count(), clock.subseconds().count());
}

}  // namespace orderstore::shell
