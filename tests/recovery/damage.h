// A store with two snapshots and several segments, and everything that may
// happen to a file of it.
//
//   for (const Damage& damage : AnyDamage(disk)) {
//     SCOPED_TRACE(damage.name);
//     disk.Load(image);
//     damage.inflict(disk);
//     ...  // damage.files are those that are not as they were
//   }

#ifndef ORDERSTORE_TESTS_RECOVERY_DAMAGE_H_
#define ORDERSTORE_TESTS_RECOVERY_DAMAGE_H_

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "disk/simulated_disk.h"
#include "recovery/history.h"
#include "scale.h"

namespace orderstore {

struct Damage {
  std::string name;
  std::set<std::string> files;
  bool removes = false;
  std::function<void(disk::SimulatedDisk&)> inflict;
};

// "/shop" with two snapshots and the log behind both, and "/other", which has
// files of the same names but for the snapshots'.
class DamagedStore {
 public:
  explicit DamagedStore(uint64_t seed)
      : disk_(seed), history_(disk_, kFolder, SmallSegments(), seed) {
    history_.Commit(10);
    EXPECT_THAT(history_.store().WriteSnapshot(), IsOk());
    history_.Commit(10);
    EXPECT_THAT(history_.store().WriteSnapshot(), IsOk());
    history_.Commit(10);
    EXPECT_THAT(history_.store().WriteSnapshot(), IsOk());
    history_.Commit(8);
    history_.Close();
    History other(disk_, kOther, SmallSegments(), seed + 1);
    other.Commit(20);
    EXPECT_THAT(other.store().WriteSnapshot(), IsOk());
    other.Commit(20);
    EXPECT_THAT(other.store().WriteSnapshot(), IsOk());
    other.Commit(20);
    other.Close();
    image_ = disk_.Image();
    Restore();
  }

  static constexpr char kFolder[] = "/shop";
  static constexpr char kOther[] = "/other";

  static Options SmallSegments() {
    Options options;
    options.segment_bytes = 16 << 10;
    options.snapshot_interval = std::chrono::seconds(0);
    options.snapshot_log_bytes = 0;
    return options;
  }

  disk::SimulatedDisk& disk() { return disk_; }
  const History& history() const { return history_; }
  void Restore() { disk_.Load(image_); }

  std::vector<std::string> FilesThatEndIn(const std::string& suffix) const {
    std::vector<std::string> names;
    for (const std::string& name : disk_.List(kFolder)) {
      if (name.ends_with(suffix)) names.push_back(name);
    }
    return names;
  }
  std::vector<std::string> Segments() const { return FilesThatEndIn(".log"); }
  std::vector<std::string> Snapshots() const {
    return FilesThatEndIn(".snapshot");
  }

  // Of each file in turn, and of pairs.
  std::vector<Damage> AnyDamage() const {
    std::vector<Damage> all;
    for (const std::string& name : Segments()) {
      for (const int64_t byte : {9, 20, 50, 74, 500}) {
        AddFlip(name, byte, all);  // header
      }
      for (const int64_t byte : {2, 10, 60, 70, 511, 4000}) {
        AddFlip(name, 4096 + byte, all);      // first frame
        AddFlip(name, 2 * 4096 + byte, all);  // second
        AddFlip(name, 3 * 4096 + byte, all);  // the last mostly
      }
      AddOthers(name, all);
    }
    for (const std::string& name : Snapshots()) {
      const auto bytes = static_cast<int64_t>(disk_.Bytes(PathOf(name)).size());
      for (const int64_t byte :
           {int64_t{3}, int64_t{45}, int64_t{60}, int64_t{4000}, int64_t{4096},
            int64_t{4110}, int64_t{4096 + 80}, bytes - 4096, bytes - 4080,
            bytes - 1}) {
        AddFlip(name, byte, all);
      }
      AddOthers(name, all);
    }
    for (const int64_t byte : {0, 30, 50, 80}) AddFlip("STORE", byte, all);
    AddOthers("STORE", all);
    AddSwaps(all);
    if (TestScalePercent() == 100) return all;
    std::vector<Damage> some;
    for (size_t i = 0; i < all.size(); i += 5) some.push_back(all[i]);
    return some;
  }

 private:
  static std::string PathOf(const std::string& name) {
    return std::string(kFolder) + "/" + name;
  }

  static void AddFlip(const std::string& name, int64_t byte,
                      std::vector<Damage>& all) {
    all.push_back({name + ", bit flipped in byte " + std::to_string(byte),
                   {name},
                   false,
                   [=](disk::SimulatedDisk& disk) {
                     disk.FlipBit(PathOf(name), 8 * byte + byte % 8);
                   }});
  }
  void AddOthers(const std::string& name, std::vector<Damage>& all) const {
    const auto bytes = static_cast<int64_t>(disk_.Bytes(PathOf(name)).size());
    for (const int64_t left : {int64_t{0}, int64_t{1}, bytes / 2, bytes - 1,
                               bytes + 1, bytes + 4096}) {
      all.push_back({name + " with " + std::to_string(left) + " bytes",
                     {name},
                     false,
                     [=](disk::SimulatedDisk& disk) {
                       disk.TruncateFile(PathOf(name), left);
                     }});
    }
    all.push_back(
        {name + " removed", {name}, true, [=](disk::SimulatedDisk& disk) {
           disk.RemoveFile(PathOf(name));
         }});
    const std::string other =
        std::string(kOther) + "/" +
        (name.ends_with(".snapshot") ? OtherSnapshot() : name);
    if (!disk_.Exists(other)) return;
    all.push_back({name + " of another store",
                   {name},
                   false,
                   [=](disk::SimulatedDisk& disk) {
                     disk.SetBytes(PathOf(name), disk.Bytes(other));
                   }});
  }
  std::string OtherSnapshot() const {
    for (const std::string& name : disk_.List(kOther)) {
      if (name.ends_with(".snapshot")) return name;
    }
    return "";
  }
  void AddSwaps(std::vector<Damage>& all) const {
    std::vector<std::string> names = Segments();
    for (const std::string& name : Snapshots()) names.push_back(name);
    names.push_back("STORE");
    for (size_t i = 0; i + 1 < names.size(); ++i) {
      const std::string a = names[i];
      const std::string b = names[i + 1];
      all.push_back({a + " and " + b + " swapped",
                     {a, b},
                     false,
                     [=](disk::SimulatedDisk& disk) {
                       const std::string bytes = disk.Bytes(PathOf(a));
                       disk.SetBytes(PathOf(a), disk.Bytes(PathOf(b)));
                       disk.SetBytes(PathOf(b), bytes);
                     }});
    }
  }

  disk::SimulatedDisk disk_;
  History history_;
  disk::DiskImage image_;
};

}  // namespace orderstore

#endif  // ORDERSTORE_TESTS_RECOVERY_DAMAGE_H_
