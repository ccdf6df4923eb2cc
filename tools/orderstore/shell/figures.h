// What Store::Stats() reports, by name: the `stats` of shell and command.

#ifndef ORDERSTORE_TOOLS_SHELL_FIGURES_H_
#define ORDERSTORE_TOOLS_SHELL_FIGURES_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "orderstore/store.h"

namespace orderstore::shell {

using Figure = std::pair<std::string_view, int64_t>;

// Names are those of StoreStats, a table's memory as `customers_row_bytes`;
// times end with `_microseconds`, and `_ok` is 1 or 0. What has no meaning for
// the store, or is not known, is left out.
std::vector<Figure> FiguresOf(const Store& store);

}  // namespace orderstore::shell

#endif  // ORDERSTORE_TOOLS_SHELL_FIGURES_H_
