#include "stats.h"

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "orderstore/store.h"
#include "shell/figures.h"
#include "store_opening.h"

namespace orderstore::tools {

namespace {

constexpr char kStatsFooter[] = R"(
Opens the store to read only, also while another process writes to it, and tells
how many rows it has and the memory that they take once they are loaded. What a
running store does, its shell's `stats` tells.

Standard output: lines `NAME VALUE`, or with --json one object; bytes are named
so, the others are counts and LSNs.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged.

Example:
  orderstore stats shop
)";

struct StatsOptions {
  std::string folder;
  bool json = false;
};

std::string Result(const Store& store, bool json) {
  nlohmann::ordered_json object;
  std::string text;
  for (const auto& [name, value] : shell::FiguresOf(store)) {
    object[std::string(name)] = value;
    absl::StrAppend(&text, std::string(name), " ", value, "\n");
  }
  return json ? object.dump() + "\n" : text;
}

ExitCode Stats(const StatsOptions& options) {
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, "nothing was read");
  }
  return PrintResult(Result(**store, options.json), "the store is as it was");
}

}  // namespace

void AddStatsCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<StatsOptions>();
  CLI::App* const command =
      app.add_subcommand("stats", "Print the sizes and the memory of a store.");
  command
      ->add_option("DIR", options->folder,
                   "Folder of the store, or NAME.snapshot, a snapshot file")
      ->required()
      ->transform(FolderPath());
  command->add_flag("--json", options->json, "Print one JSON object")
      ->disable_flag_override();
  command->footer(kStatsFooter);
  command->callback([options, &exit_code] { exit_code = Stats(*options); });
}

}  // namespace orderstore::tools
