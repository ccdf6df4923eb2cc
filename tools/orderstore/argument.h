// What the arguments of the command may be, as validators of CLI11 that say in
// one voice what is wrong. All numbers are decimal, whatever CLI11 makes of
// others (010 is 10, not 8).

#ifndef ORDERSTORE_TOOLS_ARGUMENT_H_
#define ORDERSTORE_TOOLS_ARGUMENT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"

namespace orderstore::tools {

// An integer from `min` to `max`: digits only.
CLI::Validator WholeNumber(uint64_t min, uint64_t max);

// A number from 0 to `max`, like 0.5.
CLI::Validator Fraction(double max);

// One of the names, which stands for its number.
CLI::Validator OneOf(std::vector<std::pair<std::string, int>> numbers);

// A path to read: any, or `-` for standard input.
CLI::Validator InputPath();

// A path to write: not `-`, as standard output is for the results.
CLI::Validator OutputPath();

// A path of a store's folder, or of another.
CLI::Validator FolderPath();

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_ARGUMENT_H_
