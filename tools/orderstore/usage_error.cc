#include "usage_error.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "csv/text.h"
#include "message.h"

namespace orderstore::tools {

namespace {

// `a, b and c`
std::string SubcommandNames(const CLI::App& app) {
  const std::vector<const CLI::App*> commands =
      app.get_subcommands([](const CLI::App*) { return true; });
  std::string names;
  for (size_t i = 0; i < commands.size(); ++i) {
    if (i > 0) names += i + 1 == commands.size() ? " and " : ", ";
    names += commands[i]->get_name();
  }
  return names;
}

bool IsOption(const std::string& argument) {
  return argument.size() > 1 && argument[0] == '-';
}

// Of arguments before any subcommand.
std::string SubcommandProblem(const CLI::App& app) {
  const std::vector<std::string> arguments = app.remaining();
  const std::string there_are =
      absl::StrCat("; the subcommands are ", SubcommandNames(app));
  if (arguments.empty()) return "a subcommand is missing" + there_are;
  return absl::StrCat(IsOption(arguments[0]) ? "there is no option "
                                             : "there is no subcommand ",
                      csv::Printable(arguments[0]), there_are);
}

// Of the first argument that nothing takes.
std::string SurplusProblem(const CLI::App& app) {
  const std::string argument = app.remaining(/*recurse=*/true).front();
  if (IsOption(argument)) {
    return "there is no option " + csv::Printable(argument);
  }
  return absl::StrCat("'", csv::Printable(argument),
                      "' is one argument too many");
}

// Of an option without its value, with one that it does not take, or given
// again. CLI11's message begins with the option's name.
std::string ValueProblem(const CLI::App& command, const std::string& message) {
  const std::string name = message.substr(0, message.find_first_of(": "));
  if (const CLI::Option* const option = command.get_option_no_throw(name)) {
    return name + (option->count() > 1 ? " is given twice" : " needs a value");
  }
  // Flags are named without dashes.
  return "--" + name + " takes no value";
}

std::string ProblemOf(const CLI::App& app, const CLI::App& command,
                      const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    return SurplusProblem(app);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    return ValueProblem(command, error.what());
  }
  return error.what();
}

}  // namespace

std::string UsageMessage(std::string_view problem, std::string_view command) {
  return absl::StrCat("orderstore: ", std::string(problem),
                      "; nothing was done; `", std::string(command),
                      " --help` tells more");
}

ExitCode PrintUsageError(const absl::Status& problem,
                         std::string_view command) {
  PrintMessage(UsageMessage(
      {problem.message().data(), problem.message().size()}, command));
  return kUsage;
}

std::string UsageMessage(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<CLI::App*> given = app.get_subcommands();
  if (given.empty()) {
    return UsageMessage(SubcommandProblem(app), "orderstore");
  }
  const CLI::App& command = *given.front();
  return UsageMessage(ProblemOf(app, command, error),
                      "orderstore " + command.get_name());
}

}  // namespace orderstore::tools
