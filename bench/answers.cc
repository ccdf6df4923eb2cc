#include "answers.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fstream>
#include <map>
#include <tuple>
#include <utility>

#include "checks.h"

namespace orderstore::bench {
namespace {

using Work = std::tuple<std::string, int32_t, int64_t>;
struct FirstAnswer {
  uint64_t sum;
  std::string subject;
};

std::map<Work, FirstAnswer>& Book() {
  static auto& book = *new std::map<Work, FirstAnswer>;
  return book;
}

}  // namespace

void ContentSum::Add(const Customer& row) {
  Add(row.id.value());
  AddText(row.email);
  AddText(row.name);
  AddTimes(row.created_at, row.updated_at);
}

void ContentSum::Add(const Order& row) {
  Add(row.id.value());
  Add(row.customer_id.value());
  AddTimes(row.created_at, row.updated_at);
}

void ContentSum::Add(const Barcode& row) {
  Add(row.id.value());
  Add(row.order_id ? row.order_id->value() : 0);
  Add(row.is_used | (row.updated_at > row.created_at) << 1);
  AddText(row.value);
  AddTimes(row.created_at, row.updated_at);
}

void ContentSum::AddText(std::string_view text) {
  Add(uint64_t{XXH3_64bits(text.data(), text.size())});
}

void CheckAnswers(std::string_view work, int32_t customers, int64_t begin,
                  std::string_view subject, const AnswerSum& sum) {
  const auto [it, first] =
      Book().try_emplace(Work(work, customers, begin),
                         FirstAnswer{sum.value(), std::string(subject)});
  if (!first && it->second.sum != sum.value()) {
    Fail(std::string(work) + " at " + std::to_string(customers) +
         " customers, operations from " + std::to_string(begin) + ": " +
         std::string(subject) + " answers differently from " +
         it->second.subject);
  }
}

// A line an answer: customers, begin, sum, subject, work.
void ReadAnswers(const std::string& path) {
  std::ifstream file(path);
  int32_t customers = 0;
  int64_t begin = 0;
  FirstAnswer answer;
  std::string work;
  while (file >> customers >> begin >> answer.sum >> answer.subject &&
         std::getline(file >> std::ws, work)) {
    Book().try_emplace(Work(work, customers, begin), answer);
  }
  Require(!file.is_open() || file.eof(), "the file of answers is damaged");
}

void WriteAnswers(const std::string& path) {
  std::ofstream file(path);
  for (const auto& [key, answer] : Book()) {
    const auto& [work, customers, begin] = key;
    file << customers << ' ' << begin << ' ' << answer.sum << ' '
         << answer.subject << ' ' << work << '\n';
  }
  file.close();
  Require(file.good(), "cannot write the file of answers");
}

}  // namespace orderstore::bench
