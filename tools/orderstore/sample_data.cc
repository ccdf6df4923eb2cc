#include "sample_data.h"

#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace orderstore::tools {

namespace {

constexpr int64_t kRowsBetweenReports = 1024;

// What the streams of random numbers are for; each draws its own numbers.
enum class Stream : uint64_t { kOrders = 1, kBarcodes, kValues, kNames };

// SplitMix64.
class Random {
 public:
  Random(uint64_t seed, Stream stream)
      : state_(seed ^ (static_cast<uint64_t>(stream) << 56)) {}

  uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t bits = state_;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
    return bits ^ (bits >> 31);
  }

  // 0..limit-1, even but for some 2^-32 * limit.
  uint32_t Below(uint32_t limit) {
    return static_cast<uint32_t>(((Next() >> 32) * limit) >> 32);
  }

 private:
  uint64_t state_;
};

void Shuffle(std::span<int32_t> values, Random& random) {
  for (size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[random.Below(static_cast<uint32_t>(i))]);
  }
}

uint64_t SquareRoot(uint64_t square) {
  uint64_t root = 0;
  for (uint64_t bit = uint64_t{1} << 31; bit != 0; bit >>= 1) {
    const uint64_t next = root | bit;
    if (next * next <= square) root = next;
  }
  return root;
}

// 2^-(thousandths / 1000) as a fraction of 2^32, for 0 < thousandths <= 1000.
uint64_t NegativePowerOfTwo(uint64_t thousandths) {
  const uint64_t exponent = (thousandths << 32) / 1000;
  uint64_t power = uint64_t{1} << 32;
  uint64_t factor = uint64_t{1} << 31;  // 2^-1, then 2^-1/2, 2^-1/4, ...
  for (uint64_t bit = uint64_t{1} << 32; bit != 0; bit >>= 1) {
    if ((exponent & bit) != 0) power = (power * factor) >> 32;
    factor = SquareRoot(factor << 32);
  }
  return power;
}

// Draws ranks, the low ones more often.
class SkewedRanks {
 public:
  SkewedRanks(uint32_t ranks, int32_t skew_milli)
      : ranks_(ranks),
        first_half_(
            NegativePowerOfTwo(static_cast<uint64_t>(1000 - skew_milli))) {}

  uint32_t Next(Random& random) const {
    uint32_t ranks = ranks_;
    while (ranks > 1 && (random.Next() >> 32) < first_half_) {
      ranks = (ranks + 1) / 2;
    }
    const uint32_t half = ranks / 2;
    return ranks == 1 ? 0 : ranks - half + random.Below(half);
  }

 private:
  const uint32_t ranks_;
  const uint64_t first_half_;  // of 2^32: how often a rank is in the first half
};

std::vector<int32_t> DrawOrderOwners(const SampleShape& shape) {
  Random random(shape.seed, Stream::kOrders);
  const auto customers = static_cast<size_t>(shape.customers);
  std::vector<int32_t> by_rank(customers);
  for (size_t i = 0; i < customers; ++i) {
    by_rank[i] = static_cast<int32_t>(i + 1);
  }
  Shuffle(by_rank, random);
  std::vector<int32_t> owners = by_rank;
  const size_t orders = customers + customers * 11 / 10;
  owners.reserve(orders);
  const SkewedRanks ranks(static_cast<uint32_t>(customers), shape.skew_milli);
  while (owners.size() < orders) owners.push_back(by_rank[ranks.Next(random)]);
  Shuffle(owners, random);
  return owners;
}

std::vector<int32_t> DrawBarcodeOrders(const SampleShape& shape,
                                       size_t orders) {
  Random random(shape.seed, Stream::kBarcodes);
  std::vector<int32_t> barcodes;
  barcodes.reserve(orders * 3 * 105 / 100);
  for (size_t order = 1; order <= orders; ++order) {
    barcodes.insert(barcodes.end(), 1 + random.Below(5),
                    static_cast<int32_t>(order));
  }
  barcodes.resize(barcodes.size() + barcodes.size() * 3 / 97);
  Shuffle(barcodes, random);
  return barcodes;
}

void AppendNumber(int64_t number, std::string& line) {
  std::array<char, 20> digits;
  const char* const end =
      std::to_chars(digits.begin(), digits.end(), number).ptr;
  line.append(digits.data(), static_cast<size_t>(end - digits.data()));
}

// A made-up name of syllables, as `Rimo Talené`, and the same in plain letters.
struct Name {
  std::string shown;
  std::string plain;
};

void AddSyllables(uint32_t count, Random& random, Name& name) {
  static constexpr std::array<std::string_view, 32> kSyllables = {
      "ba", "be", "bo", "da", "de", "do", "fa", "fi", "ka", "ke", "ko",
      "la", "le", "li", "lo", "ma", "me", "mi", "mo", "na", "ne", "ni",
      "no", "ra", "re", "ri", "ro", "sa", "se", "so", "ta", "to"};
  const size_t begin = name.shown.size();
  for (uint32_t i = 0; i < count; ++i) {
    const std::string_view syllable = kSyllables[random.Below(32)];
    name.shown += syllable;
    name.plain += syllable;
  }
  name.shown[begin] = static_cast<char>(name.shown[begin] - 'a' + 'A');
  if (name.shown.back() == 'e' && random.Below(4) == 0) {
    name.shown.replace(name.shown.size() - 1, 1, "é");
  }
}

void DrawName(Random& random, Name& name) {
  name.shown.clear();
  name.plain.clear();
  AddSyllables(2, random, name);
  name.shown += ' ';
  name.plain += '.';
  AddSyllables(2 + random.Below(2), random, name);
}

}  // namespace

std::string Ean13(int64_t digits) {
  std::string code(13, '0');
  int64_t sum = 0;
  for (size_t i = 12; i-- > 0; digits /= 10) {
    const int64_t digit = digits % 10;
    code[i] = static_cast<char>('0' + digit);
    sum += i % 2 == 0 ? digit : 3 * digit;
  }
  code[12] = static_cast<char>('0' + (10 - sum % 10) % 10);
  return code;
}

SampleData::SampleData(const SampleShape& shape, Progress progress)
    : shape_(shape),
      progress_(std::move(progress)),
      order_owners_(DrawOrderOwners(shape)),
      barcode_orders_(DrawBarcodeOrders(shape, order_owners_.size())) {
  for (const int32_t order : barcode_orders_) unassigned_ += order == 0 ? 1 : 0;
}

void SampleData::ReportRow() {
  if (++rows_written_ % kRowsBetweenReports == 0 && progress_) {
    progress_(rows_written_);
  }
}

absl::Status SampleData::WriteCustomers(csv::OutputFile& file) {
  Random random(shape_.seed, Stream::kNames);
  file.Append("customer_id,email,name\n");
  Name name;
  std::string line;
  for (int64_t id = 1; id <= shape_.customers; ++id) {
    DrawName(random, name);
    line.clear();
    AppendNumber(id, line);
    line += ',';
    line += name.plain;
    line += '.';
    AppendNumber(id, line);
    line += "@example.com,";
    line += name.shown;
    line += '\n';
    file.Append(line);
    ReportRow();
  }
  return file.status();
}

absl::Status SampleData::WriteOrders(csv::OutputFile& file) {
  file.Append("order_id,customer_id\n");
  std::string line;
  for (size_t i = 0; i < order_owners_.size(); ++i) {
    line.clear();
    AppendNumber(static_cast<int64_t>(i + 1), line);
    line += ',';
    AppendNumber(order_owners_[i], line);
    line += '\n';
    file.Append(line);
    ReportRow();
  }
  return file.status();
}

absl::Status SampleData::WriteBarcodes(csv::OutputFile& file) {
  // Codes that begin with 20 are for use inside a house. The ten digits after
  // go through all values before one comes again: the step shares no factor
  // with 10^10.
  constexpr uint64_t kPrefix = 200'000'000'000;
  constexpr uint64_t kValues = 10'000'000'000;
  constexpr uint64_t kStep = 6'180'339'887;
  uint64_t value = Random(shape_.seed, Stream::kValues).Next() % kValues;
  file.Append("barcode,order_id\n");
  std::string line;
  for (const int32_t order : barcode_orders_) {
    line = Ean13(static_cast<int64_t>(kPrefix + value));
    line += ',';
    if (order != 0) AppendNumber(order, line);
    line += '\n';
    file.Append(line);
    ReportRow();
    value = (value + kStep) % kValues;
  }
  return file.status();
}

}  // namespace orderstore::tools
