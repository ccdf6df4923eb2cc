// Reads Prometheus' text exposition format, version 0.0.4, and complains of all
// that is not as the format, and good manners in it, ask for:
//
//   const PrometheusReading reading(text);
//   EXPECT_THAT(reading.problems(), IsEmpty());
//   EXPECT_EQ(reading.samples().at("shop_rows{table=\"orders\"}"), "4");
//
// Every family has one HELP and one TYPE line, and all its samples behind them;
// no sample is there twice, whatever the order of its labels; counters, and
// they alone, end with `_total`; the buckets of a histogram grow up to +Inf,
// which is its _count, and it has a _sum.

#ifndef ORDERSTORE_TESTS_PROMETHEUS_READING_H_
#define ORDERSTORE_TESTS_PROMETHEUS_READING_H_

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace orderstore {

class PrometheusReading {
 public:
  explicit PrometheusReading(std::string_view text) {
    if (!text.ends_with('\n')) Complain("the last line has no end");
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      line_ = std::string(text.substr(0, end));
      ReadLine();
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    EndFamily();
  }

  // What is wrong, each with the line where it showed.
  const std::vector<std::string>& problems() const { return problems_; }
  // Values by name and labels, as they are written.
  const std::map<std::string, std::string>& samples() const { return samples_; }
  // Types by the name of the family.
  const std::map<std::string, std::string>& types() const { return types_; }

 private:
  using Labels = std::map<std::string, std::string>;

  void Complain(const std::string& what) {
    problems_.push_back(what + ": " + line_);
  }

  void ReadLine() {
    constexpr std::string_view kHelp = "# HELP ";
    constexpr std::string_view kType = "# TYPE ";
    const std::string_view line = line_;
    if (line.starts_with(kHelp)) {
      ReadHelp(line.substr(kHelp.size()));
    } else if (line.starts_with(kType)) {
      ReadType(line.substr(kType.size()));
    } else {
      ReadSample(line);
    }
  }

  // ---- Families ----
  void ReadHelp(std::string_view rest) {
    EndFamily();
    family_ = TakeName(rest);
    type_.clear();
    size_ = 0;
    buckets_.clear();
    sum_.reset();
    count_.reset();
    if (family_.empty() || !rest.starts_with(' ') || rest.size() < 2) {
      Complain("a name or a text is missing");
    }
    for (size_t i = 0; i < rest.size(); ++i) {
      if (rest[i] != '\\') continue;
      ++i;
      if (i == rest.size() || (rest[i] != '\\' && rest[i] != 'n')) {
        Complain("a backslash is not escaped");
      }
    }
    if (types_.contains(family_)) Complain("the family is there twice");
    types_[family_] = "";
  }

  void ReadType(std::string_view rest) {
    const std::string name = TakeName(rest);
    if (name != family_ || !type_.empty() || size_ > 0) {
      Complain("TYPE does not follow HELP");
    }
    if (rest != " counter" && rest != " gauge" && rest != " histogram") {
      Complain("there is no such type");
      return;
    }
    type_ = std::string(rest.substr(1));
    types_[family_] = type_;
    if (family_.ends_with("_total") != (type_ == "counter")) {
      Complain("counters end with _total");
    }
  }

  void EndFamily() {
    if (family_.empty()) return;
    if (size_ == 0) Complain("the family before has no samples");
    if (type_ != "histogram") return;
    if (!std::is_sorted(buckets_.begin(), buckets_.end())) {
      Complain("the bounds before do not grow");
    }
    double before = 0;
    for (const auto& [bound, count] : buckets_) {
      if (count < before) Complain("the buckets before do not grow");
      before = count;
    }
    if (buckets_.empty() ||
        buckets_.back().first != std::numeric_limits<double>::infinity() ||
        count_ != buckets_.back().second) {
      Complain("the buckets before do not end with +Inf and the _count");
    }
    if (!sum_) Complain("the histogram before has no _sum");
  }

  // ---- Samples ----
  void ReadSample(std::string_view line) {
    std::string_view rest = line;
    const std::string name = TakeName(rest);
    Labels labels;
    if (name.empty() || !TakeLabels(rest, labels) || !rest.starts_with(' ')) {
      Complain("this is no sample");
      return;
    }
    const std::optional<double> value = NumberOf(rest.substr(1));
    if (!value) {
      Complain("this is no number");
      return;
    }
    if (type_.empty()) Complain("the family has no HELP and TYPE");
    if (!seen_.emplace(name, labels).second) Complain("this is there twice");
    samples_[std::string(line.substr(0, line.size() - rest.size()))] =
        std::string(rest.substr(1));
    ++size_;
    if (type_ == "histogram") {
      AddToHistogram(name, labels, *value);
    } else if (name != family_) {
      Complain("this is of another family");
    }
  }

  void AddToHistogram(const std::string& name, const Labels& labels,
                      double value) {
    const auto bound = labels.find("le");
    if (name == family_ + "_bucket" && bound != labels.end()) {
      const std::optional<double> number =
          bound->second == "+Inf" ? std::numeric_limits<double>::infinity()
                                  : NumberOf(bound->second);
      if (!number) Complain("le is no number");
      buckets_.emplace_back(number.value_or(0), value);
    } else if (name == family_ + "_sum" && bound == labels.end()) {
      sum_ = value;
    } else if (name == family_ + "_count" && bound == labels.end()) {
      count_ = value;
    } else {
      Complain("this is no sample of a histogram");
    }
  }

  static std::optional<double> NumberOf(std::string_view text) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
      return std::nullopt;
    }
    return number;
  }

  // The name at the beginning of `rest`, which goes on behind it. Empty: there
  // is none.
  static std::string TakeName(std::string_view& rest) {
    const auto is_letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    size_t size = 0;
    while (size < rest.size() &&
           (is_letter(rest[size]) ||
            (size > 0 && rest[size] >= '0' && rest[size] <= '9'))) {
      ++size;
    }
    std::string name(rest.substr(0, size));
    rest.remove_prefix(size);
    return name;
  }

  // The labels at the beginning of `rest`, if there are any. False: they are
  // not as they should be.
  static bool TakeLabels(std::string_view& rest, Labels& labels) {
    if (!rest.starts_with('{')) return true;
    do {
      rest.remove_prefix(1);  // the brace or the comma
      const std::string name = TakeName(rest);
      std::string value;
      if (name.empty() || !rest.starts_with('=')) return false;
      rest.remove_prefix(1);
      if (!TakeQuoted(rest, value)) return false;
      if (!labels.emplace(name, value).second) return false;
    } while (rest.starts_with(','));
    if (!rest.starts_with('}')) return false;
    rest.remove_prefix(1);
    return true;
  }

  static bool TakeQuoted(std::string_view& rest, std::string& value) {
    if (!rest.starts_with('"')) return false;
    size_t at = 1;
    for (; at < rest.size() && rest[at] != '"'; ++at) {
      if (rest[at] != '\\') {
        value += rest[at];
        continue;
      }
      ++at;
      if (at == rest.size()) return false;
      if (rest[at] != '\\' && rest[at] != '"' && rest[at] != 'n') return false;
      value += rest[at] == 'n' ? '\n' : rest[at];
    }
    if (at == rest.size()) return false;
    rest.remove_prefix(at + 1);
    return true;
  }

  std::string line_;
  std::vector<std::string> problems_;
  std::map<std::string, std::string> samples_;
  std::map<std::string, std::string> types_;
  std::set<std::pair<std::string, Labels>> seen_;

  // Of the family that is being read.
  std::string family_;
  std::string type_;
  size_t size_ = 0;
  std::vector<std::pair<double, double>> buckets_;  // bound, count
  std::optional<double> sum_;
  std::optional<double> count_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_PROMETHEUS_READING_H_
