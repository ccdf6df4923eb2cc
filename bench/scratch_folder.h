// The folder on a disk where benchmarks write: a fresh one in
// Settings::folder, or, by default, beside this program, where a build folder
// is; not /tmp, which is often no disk.

#ifndef ORDERSTORE_BENCH_SCRATCH_FOLDER_H_
#define ORDERSTORE_BENCH_SCRATCH_FOLDER_H_

#include <string>
#include <string_view>

namespace orderstore::bench {

// A path in the scratch folder that nothing has had before. The folder is made
// at the first call.
std::string FreshPath(std::string_view name);

// Removes the file or folder, whatever is in it, and gives its blocks back to
// the disk.
void RemovePath(const std::string& path);

// The bytes of all files in the folder have to be read from the disk again.
// Returns the share that is in the page cache nevertheless.
double DropFromPageCache(const std::string& folder);

// Removes the scratch folder, if there is one.
void RemoveScratchFolder();

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_SCRATCH_FOLDER_H_
