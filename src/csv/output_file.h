// A file that appears whole or not at all: it is written under no name beside
// its target and takes the target's place when it is published. A file that
// was there stays as it is until then.
//
//   absl::StatusOr<OutputFile> file = OutputFile::Create("orders.csv");
//   if (!file.ok()) return file.status();
//   file->Append("customer_id,order_id,barcode\n");
//   if (absl::Status status = file->Publish(); !status.ok()) return status;
//
// Only its owner may read or write it (mode 0600). A symbolic link as target
// stays, and the file that it leads to is replaced or, if it is not there,
// made. A target that is a device
// or a pipe is written to directly. Publishing does not wait for the disk:
// after a power failure the old file may be there.
//
// On a file system that cannot hold files without a name, the file has a hidden
// one, which a killed process leaves behind.

#ifndef ORDERSTORE_CSV_OUTPUT_FILE_H_
#define ORDERSTORE_CSV_OUTPUT_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace orderstore::csv {

class OutputFile {
 public:
  // NotFound, PermissionDenied, ...: the target cannot be written to; the
  // message says why.
  static absl::StatusOr<OutputFile> Create(std::string path);
  // Standard output, whatever it is: written to directly, from where it stands.
  static absl::StatusOr<OutputFile> ToStandardOutput();

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  // Unless published, the file goes and the target stays as it was.
  ~OutputFile();

  // Appends bytes. After an error, which status() keeps, does nothing.
  void Append(std::string_view bytes);
  const absl::Status& status() const { return status_; }

  // Hands all bytes to the system, so that a full disk shows before anything is
  // published. Returns status().
  absl::Status Flush();

  // Puts the file in the target's place. On an error, that of an Append
  // included, the target is as it was.
  absl::Status Publish();

  // As it was given.
  const std::string& path() const { return path_; }

 private:
  explicit OutputFile(std::string path);

  absl::Status Open();
  absl::Status Error(int error) const;
  void WriteOut(std::string_view bytes);
  // Gives a file without a name a hidden one beside the target.
  absl::Status GiveName();

  std::string path_;
  std::string target_;       // path_, or what the symbolic link leads to
  std::string hidden_name_;  // empty while the file has none
  int descriptor_ = -1;
  bool is_direct_ = false;  // the target itself is written to
  std::string pending_;     // bytes not written yet
  absl::Status status_;
};

}  // namespace orderstore::csv

#endif  // ORDERSTORE_CSV_OUTPUT_FILE_H_
