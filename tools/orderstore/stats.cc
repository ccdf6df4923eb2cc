#include "stats.h"

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/text.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "orderstore/prometheus.h"
#include "orderstore/store.h"
#include "shell/figures.h"
#include "store_opening.h"

namespace orderstore::tools {

namespace {

constexpr char kStatsFooter[] = R"(
Opens the store to read only, also while another process writes to it, and tells
how many rows it has and the memory that they take once they are loaded. What a
running store does, its shell's `stats` tells.

Standard output: lines `NAME VALUE`, or with --json one object; bytes and
microseconds are named so, the others are counts and LSNs.

With --prometheus, the text that Prometheus reads (its exposition format 0.0.4),
where each sample has the label store="DIR". What the process that writes knows
alone is left out: the times of the log's syncs, commits that are not durable
yet, whether the log and the last snapshot are well. It serves that itself
(orderstore/prometheus.h), or its shell shows it: `stats prometheus`.

For the textfile collector of Prometheus' node_exporter, let a timer run the
second example, with the folder that the collector reads. The file gets a name
that ends with .prom, without which the collector passes over it, once it is
whole. The whole store is loaded for it each time.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the store is damaged; 4 its
format, or its revision of the schema, is not known.

Examples:
  orderstore stats shop
  orderstore stats shop --prometheus > textfiles/shop.new &&
    mv textfiles/shop.new textfiles/shop.prom
)";

struct StatsOptions {
  std::string folder;
  bool json = false;
  bool prometheus = false;
};

std::string Result(const Store& store, const StatsOptions& options) {
  if (options.prometheus) {
    return PrometheusText(store.Stats(), store.open_report(),
                          csv::Printable(options.folder, SIZE_MAX));
  }
  nlohmann::ordered_json object;
  std::string text;
  for (const auto& [name, value] : shell::FiguresOf(store)) {
    object[std::string(name)] = value;
    absl::StrAppend(&text, std::string(name), " ", value, "\n");
  }
  return options.json ? object.dump() + "\n" : text;
}

ExitCode Stats(const StatsOptions& options) {
  const absl::StatusOr<std::unique_ptr<Store>> store =
      OpenToRead(options.folder);
  if (!store.ok()) {
    return PrintStoreError(store.status(), options.folder, "nothing was read");
  }
  return PrintResult(Result(**store, options), "the store is as it was");
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
  CLI::Option* const json =
      command->add_flag("--json", options->json, "Print one JSON object")
          ->disable_flag_override();
  command
      ->add_flag("--prometheus", options->prometheus,
                 "Print the text that Prometheus reads")
      ->disable_flag_override()
      ->excludes(json);
  command->footer(kStatsFooter);
  command->callback([options, &exit_code] { exit_code = Stats(*options); });
}

}  // namespace orderstore::tools
