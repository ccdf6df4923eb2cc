// A line on standard error that tells how far long work has come. Only on a
// terminal; elsewhere it does nothing.
//
//   Progress progress("rows imported");
//   progress.Show(1'000'000);   // 1000000 rows imported
//
// With a total it tells more: `500000 of 2000000 rows loaded, 250000/s, 6 s
// left`. What else takes long is named:
//
//   progress.ShowStage("making constraints and indexes");
//
// The line goes when the progress is destroyed.

#ifndef ORDERSTORE_TOOLS_PROGRESS_H_
#define ORDERSTORE_TOOLS_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace orderstore::tools {

class Progress {
 public:
  // `what` is counted, up to `total` if that is known.
  explicit Progress(std::string what, int64_t total = 0);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // Shows the count, if the one shown is a tenth of a second old. Cheap enough
  // to call every thousand rows.
  void Show(int64_t count);

  // Shows a text in the place of the count, at once.
  void ShowStage(std::string_view stage);

 private:
  void ShowLine(std::string_view line);
  std::string Line(int64_t count) const;

  const std::string what_;
  const int64_t total_;
  const std::chrono::steady_clock::time_point began_at_ =
      std::chrono::steady_clock::now();
  const bool is_terminal_;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point shown_at_;
};

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PROGRESS_H_
