// A file that is read whole into memory, so that what was checked is what is
// imported whatever others do to the file meanwhile; pipes work as well.
//
//   absl::StatusOr<Input> orders = Input::Open("orders.csv");
//   if (!orders.ok()) return orders.status();
//   if (absl::Status status = orders->Load(); !status.ok()) return status;
//   Scanner scanner(orders->text(), 2);
//
// Lifetimes: text() lives as long as the input, wherever it is moved.

#ifndef ORDERSTORE_CSV_INPUT_H_
#define ORDERSTORE_CSV_INPUT_H_

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "csv/buffer.h"
#include "csv/file_identity.h"

namespace orderstore::csv {

class Input {
 public:
  // NotFound, PermissionDenied, ...: the file cannot be opened; the message
  // says why.
  static absl::StatusOr<Input> Open(std::string path);
  // Standard input, from where it stands, named `-`.
  static absl::StatusOr<Input> OpenStandardInput();
  // An input that is `text`, named `name` in messages.
  static Input FromText(std::string name, std::string text);

  Input(Input&& other) noexcept;
  Input& operator=(Input&& other) noexcept;
  ~Input();

  // Reads the file to its end, once; later calls do nothing. Aborted: the file
  // was written to since it was opened, so that what was read may be neither
  // the old nor the new. Cancelled: `is_cancelled`, which may be null, said so
  // while a pipe had nothing to read. Other errors are those of reading; the
  // message says why.
  absl::Status Load(const std::function<bool()>& is_cancelled = nullptr);

  // As it was given.
  const std::string& name() const { return name_; }
  const std::optional<FileIdentity>& identity() const { return identity_; }
  // Empty before Load.
  std::string_view text() const {
    return held_text_ ? std::string_view(*held_text_)
                      : std::string_view(buffer_.data(), size_);
  }

 private:
  // What tells that a file was written to.
  struct Version {
    int64_t size = 0;
    timespec modified = {};
  };

  explicit Input(std::string name) : name_(std::move(name)) {}
  static absl::StatusOr<Input> FromDescriptor(std::string name, int descriptor);

  absl::Status ReadToEnd(const std::function<bool()>& is_cancelled);
  absl::Status WaitReadable(const std::function<bool()>& is_cancelled) const;
  absl::Status CheckUnchanged() const;

  std::string name_;
  std::optional<FileIdentity> identity_;
  int descriptor_ = -1;  // of the file while it is to be read
  Version opened_;       // of a regular file, as it was opened
  Buffer buffer_;
  size_t size_ = 0;
  std::unique_ptr<const std::string> held_text_;  // FromText's
};

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_INPUT_H_
