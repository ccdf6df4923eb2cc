#include "generate.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "argument.h"
#include "csv/output_file.h"
#include "csv/text.h"
#include "message.h"
#include "nlohmann/json.hpp"
#include "outputs.h"
#include "progress.h"

namespace orderstore::tools {

namespace {

constexpr char kGenerateFooter[] = R"(
Writes customers.csv, orders.csv and barcodes.csv into DIR, which must be new or
empty: about 2.1 orders a customer and 3 barcodes an order, 3 barcodes in 100
unassigned. A million customers make 9.6 million rows. The same N, S and Z give
the same files on every machine. Nobody in them is real.

Every customer has an order; the others are spread unevenly, in proportion to
rank^-Z among the customers in random order. N is from 1 to 300000000, S from 0
to 18446744073709551615, Z from 0 (evenly) to 0.99.

Standard output: how many rows of each there are; with --json as one object.

Exit codes: 0 done; 1 failed; 2 wrong usage.

Example:
  orderstore generate --customers 1000 sample
  orderstore process sample/orders.csv sample/barcodes.csv \
    --customers sample/customers.csv
)";

using Write = absl::Status (SampleData::*)(csv::OutputFile& file);

absl::Status WriteFile(const std::string& path, Write write, SampleData& data) {
  absl::StatusOr<csv::OutputFile> file = csv::OutputFile::Create(path);
  if (!file.ok()) return file.status();
  if (absl::Status status = (data.*write)(*file); !status.ok()) return status;
  return file->Publish();
}

absl::Status WriteFiles(const std::string& folder, SampleData& data) {
  for (const auto& [name, write] :
       {std::pair<const char*, Write>("customers.csv",
                                      &SampleData::WriteCustomers),
        {"orders.csv", &SampleData::WriteOrders},
        {"barcodes.csv", &SampleData::WriteBarcodes}}) {
    const std::string path = (std::filesystem::path(folder) / name).string();
    if (absl::Status status = WriteFile(path, write, data); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

std::string Result(const SampleData& data, bool json) {
  const nlohmann::ordered_json counts = {
      {"customers", data.customers()},
      {"orders", data.orders()},
      {"barcodes", data.barcodes()},
      {"unassigned_barcodes", data.unassigned_barcodes()}};
  if (json) return counts.dump() + "\n";
  std::string text;
  for (const auto& [name, count] : counts.items()) {
    absl::StrAppend(&text, name, " ", count.get<int64_t>(), "\n");
  }
  return text;
}

}  // namespace

ExitCode Generate(const GenerateOptions& options) {
  if (absl::Status status = MakeEmptyFolder(options.folder); !status.ok()) {
    return PrintError(status, "nothing was written");
  }
  Progress progress("rows written");
  SampleData data(options.shape,
                  [&progress](int64_t rows) { progress.Show(rows); });
  if (absl::Status status = WriteFiles(options.folder, data); !status.ok()) {
    return PrintError(status, "the sample data is not complete");
  }
  return PrintResult(Result(data, options.json), "the files are written");
}

void AddGenerateCommand(CLI::App& app, ExitCode& exit_code) {
  auto options = std::make_shared<GenerateOptions>();
  auto skew = std::make_shared<double>(options->shape.skew_milli / 1000.0);
  CLI::App* const command = app.add_subcommand(
      "generate", "Write sample files of customers, orders and barcodes.");
  command
      ->add_option("--customers", options->shape.customers,
                   "How many customers; must be given")
      ->option_text("N")
      ->required()
      ->transform(WholeNumber(1, kSampleCustomersMax));
  command
      ->add_option("--seed", options->shape.seed,
                   "Another seed gives other data (1)")
      ->option_text("S")
      ->transform(WholeNumber(0, UINT64_MAX));
  command
      ->add_option("--skew", *skew,
                   "How unevenly orders are spread over customers (0.5), to "
                   "three digits")
      ->option_text("Z")
      ->transform(Fraction(kSkewMilliMax / 1000.0));
  command->add_flag("--json", options->json, "Print one JSON object")
      ->disable_flag_override();
  command->add_option("DIR", options->folder, "A new or empty folder")
      ->required()
      ->transform(OutputPath());
  command->footer(kGenerateFooter);
  command->callback([options, skew, &exit_code] {
    options->shape.skew_milli = static_cast<int32_t>(std::lround(*skew * 1000));
    exit_code = Generate(*options);
  });
}

}  // namespace orderstore::tools
