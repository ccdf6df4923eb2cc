#include "answers.h"

#include <map>
#include <tuple>
#include <utility>

#include "checks.h"

namespace orderstore::bench {

void CheckAnswers(std::string_view work, int32_t customers, int64_t begin,
                  std::string_view subject, const AnswerSum& sum) {
  using Work = std::tuple<std::string, int32_t, int64_t>;
  static auto& book = *new std::map<Work, std::pair<uint64_t, std::string>>;
  const auto [it, first] =
      book.try_emplace(Work(work, customers, begin),
                       std::pair(sum.value(), std::string(subject)));
  if (!first && it->second.first != sum.value()) {
    Fail(std::string(work) + " at " + std::to_string(customers) +
         " customers, operations from " + std::to_string(begin) + ": " +
         std::string(subject) + " answers differently from " +
         it->second.second);
  }
}

}  // namespace orderstore::bench
