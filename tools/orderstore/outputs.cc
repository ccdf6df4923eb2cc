#include "outputs.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "csv/file_identity.h"
#include "csv/system_error.h"
#include "csv/text.h"
#include "message.h"

namespace orderstore::tools {

absl::Status CheckFilesDiffer(const ImportInputs& inputs,
                              std::span<const NamedOutput> outputs) {
  struct Named {
    std::string_view role;
    csv::FileIdentity identity;
  };
  std::vector<Named> seen;
  const auto add_stream = [&seen](std::string_view role, const char* path) {
    const std::optional<csv::FileIdentity> identity = csv::IdentityOf(path);
    if (identity) seen.push_back({role, *identity});
  };
  add_stream("standard output", "/dev/stdout");
  add_stream("standard error", "/dev/stderr");
  const auto add_input = [&seen](std::string_view role,
                                 const std::optional<csv::Input>& input) {
    if (input && input->identity()) seen.push_back({role, *input->identity()});
  };
  add_input("the orders", inputs.orders);
  add_input("the barcodes", inputs.barcodes);
  add_input("--customers", inputs.customers);

  for (const auto& [option, path] : outputs) {
    if (!path) continue;
    const std::optional<csv::FileIdentity> identity = csv::IdentityOf(*path);
    if (!identity) continue;
    for (const Named& other : seen) {
      if (other.identity == *identity) {
        return absl::InvalidArgumentError(
            absl::StrCat(std::string(option), " ", csv::Printable(*path),
                         " is the same file as ", std::string(other.role)));
      }
    }
    seen.push_back({option, *identity});
  }
  return absl::OkStatus();
}

namespace {

// That of a store which is named by it, or by one of its snapshots.
std::string FolderOfStore(const std::string& path) {
  std::error_code error;
  return path.ends_with(".snapshot") &&
                 !std::filesystem::is_directory(path, error)
             ? csv::FolderOf(path)
             : path;
}

}  // namespace

absl::Status CheckOutsideStore(const NamedOutput& output,
                               const std::string& store) {
  if (!output.path) return absl::OkStatus();
  const std::string store_folder = FolderOfStore(store);
  std::error_code error;
  const std::string folder = csv::FolderOf(csv::TargetOf(*output.path));
  if (!std::filesystem::equivalent(folder, store_folder, error)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(output.option), " ",
                   csv::Printable(*output.path), " is in the store's folder"));
}

absl::Status CheckFolderOutsideStore(std::string_view name,
                                     const std::string& new_folder,
                                     const std::string& store) {
  const std::string store_folder = FolderOfStore(store);
  std::error_code error;
  std::filesystem::path path = std::filesystem::weakly_canonical(
      std::filesystem::absolute(new_folder), error);
  // Up to the root, whose parent is itself.
  for (; !error && path != path.parent_path(); path = path.parent_path()) {
    std::error_code missing;
    if (!std::filesystem::equivalent(path, store_folder, missing)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(name), ": ", csv::Printable(new_folder),
                     " is the store's folder, or in it"));
  }
  return absl::OkStatus();
}

absl::Status MakeEmptyFolder(const std::string& path) {
  const std::string name = csv::Printable(path);
  if (mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  if (errno != EEXIST) {
    return csv::SystemError(errno, absl::StrCat("cannot create ", name));
  }
  std::error_code error;
  const bool is_empty = std::filesystem::is_empty(path, error);
  if (error) {
    return csv::SystemError(error.value(), absl::StrCat("cannot read ", name));
  }
  if (!std::filesystem::is_directory(path, error) || !is_empty) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, " is not an empty folder; name a new one"));
  }
  return absl::OkStatus();
}

absl::Status CreateOutput(const std::optional<std::string>& path,
                          std::optional<csv::OutputFile>& output) {
  if (!path) return absl::OkStatus();
  absl::StatusOr<csv::OutputFile> created = csv::OutputFile::Create(*path);
  if (!created.ok()) return created.status();
  output.emplace(*std::move(created));
  return absl::OkStatus();
}

ExitCode PublishOutputs(
    std::span<std::optional<csv::OutputFile>* const> files) {
  std::string published;
  for (std::optional<csv::OutputFile>* const file : files) {
    if (!*file) continue;
    if (absl::Status status = (*file)->Publish(); !status.ok()) {
      return PrintError(
          status, published.empty()
                      ? "this file is as it was"
                      : absl::StrCat("this file is as it was; already written:",
                                     published));
    }
    absl::StrAppend(&published, " ", csv::Printable((*file)->path()));
  }
  return kDone;
}

}  // namespace orderstore::tools
