// A line on standard error that tells how far long work has come. Only on a
// terminal; elsewhere it does nothing.
//
//   Progress progress("rows imported");
//   progress.Show(1'000'000);   // 1000000 rows imported
//
// The line goes when the progress is destroyed.

#ifndef ORDERSTORE_TOOLS_PROGRESS_H_
#define ORDERSTORE_TOOLS_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>

namespace orderstore::tools {

class Progress {
 public:
  // `what` is counted.
  explicit Progress(std::string what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // Shows the count, if the one shown is a tenth of a second old. Cheap enough
  // to call every thousand rows.
  void Show(int64_t count);

 private:
  const std::string what_;
  const bool is_terminal_;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point shown_at_;
};

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PROGRESS_H_
