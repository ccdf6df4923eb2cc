// A folder of a test's own, gone with the test.

#ifndef ORDERSTORE_TESTS_CSV_TEST_FOLDER_H_
#define ORDERSTORE_TESTS_CSV_TEST_FOLDER_H_

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace orderstore {

class TestFolder {
 public:
  TestFolder() {
    std::string name = testing::TempDir() + "/orderstore-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(std::string_view name) const {
    return (path_ / name).string();
  }

  // Writes a file and returns its path.
  std::string Put(std::string_view name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return *this / name;
  }

  std::string Get(std::string_view name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << name << " is missing";
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  bool Has(std::string_view name) const {
    return std::filesystem::exists(path_ / name);
  }

  // The names of all files, hidden ones too.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_CSV_TEST_FOLDER_H_
