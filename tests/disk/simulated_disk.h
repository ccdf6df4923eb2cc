// A disk, with its file system and page cache, in memory: the real code runs on
// it, and the power goes off at any call.
//
//   SimulatedDisk disk(seed);
//   disk.CutPowerAt(17);
//   RunUntilItFails(disk);            // calls answer -EIO once the power is
//   off disk.Restart(); ExpectNothingAcknowledgedIsLost(disk);
//
// or, to look at many crashes at the same point,
//
//   for (seed ...) { disk.Load(disk_when_off.AfterCut(seed)); Expect... }
//
// All choices come from the seed, so one thread's calls meet the same fate in
// every run; those of several do if they come in the same order.
//
// ---- What is durable -------------------------------------------------------
//
// The model allows what Linux file systems do and somewhat more: a program that
// survives here survives there. Pillai et al., "All File Systems Are Not
// Created Equal" (OSDI 2014) lists what real ones do to unsynced data and
// names; Rebello et al., "Can Applications Recover from fsync Failures?"
// (USENIX ATC 2020) what they do after a failed sync.
//
// Bytes.
//   B1  A file has bytes that readers see (the page cache) and bytes on the
//       medium. A sector of 512 bytes is unsynced from a write until a sync.
//   B2  Sync makes all unsynced sectors and the length durable. A write through
//       O_DSYNC makes the sectors it touched durable, and a length that covers
//       them, before it returns. Nothing else does: O_DIRECT alone passes the
//       page cache, but not the cache of the device.
//   B3  A power cut keeps any subset of the unsynced sectors. One that is lost
//       has its old bytes, or zeros where the file was shorter (with
//       leaves_garbage, anything). One that is kept has its last bytes or those
//       of an earlier unsynced write; with tears_sectors, also their first part
//       only. No call that came back before the last sync protects a later one:
//       order among unsynced writes means nothing.
//   B4  A length that was not synced is the old, the new, or one between.
//   B5  The call that the power cut interrupts is an unsynced one: any part of
//       a Write, O_DSYNC or not, of a Sync, of a SyncFolder reaches the medium.
//
// Names.
//   N1  MakeFolder, Open that creates, Rename and Remove are seen at once, and
//       are durable with the next SyncFolder of the folder that has the name.
//       Sync of the file does not help its name, nor SyncFolder its bytes.
//   N2  A power cut keeps any of a folder's unsynced operations, but none
//       without those before it that had a name in common with it, and so all
//       those before it on the same file. A rename is whole or not at all: the
//       old name, or the new one, never both, never neither.
//   N3  What is in a folder whose own name is lost is lost with it.
//
// Errors.
//   E1  A Sync that fails leaves each unsynced sector, and the length, durable,
//       or still unsynced, or dropped: still seen by readers, but no later Sync
//       writes it, though it reports success. DropCache() makes readers see
//       the medium's bytes.
//   E2  A SyncFolder that fails has made some of the operations durable (as in
//       N2), the others are still unsynced. (File systems with a journal turn
//       read-only instead, which later calls notice.)
//   E3  A Write that fails with EIO has written some sectors (O_DIRECT) or a
//       first part (otherwise); through O_DSYNC, any of that is durable. A List
//       that fails has found some of the names. Other calls that fail, and
//       writes with another error, have done nothing. But
//       an Open that creates with O_DIRECT where there is none fails with
//       EINVAL and leaves the file, as in Linux
//       (https://bugzilla.kernel.org/show_bug.cgi?id=218049).
//   E4  Beyond the capacity a write is short, and then fails with ENOSPC. Space
//       is taken in blocks of 4096 bytes by the write, and kept: what was
//       written once can be written again on a full disk.
//   E5  A Read ends before a sector that cannot be read, and fails with EIO
//       where it begins with one.
//
// Not modelled: links, permissions, owners (GiveToOwner does nothing), times
// (ModifiedTime always fails), removal of folders, memory maps, truncation,
// damage that nobody asked for.
//
// ---- Counting calls --------------------------------------------------------
//
// CallCount counts all calls but Close, ModifiedTime and GiveToOwner.
// ChangeCount counts those that can leave other things on the medium:
// MakeFolder, Open that creates, Rename, Remove, Write, Sync, SyncFolder,
// whether they succeed or not. The power is cut at those, for a cut at any
// other call is one just before the next change. Calls of a disk that is off
// are not counted.
//
// Thread-safety: all methods may be called from any thread.
//
// A mistake of the test, such as a flag that the model does not have or a
// descriptor closed twice, ends the process with a message.

#ifndef ORDERSTORE_TESTS_DISK_SIMULATED_DISK_H_
#define ORDERSTORE_TESTS_DISK_SIMULATED_DISK_H_

#include <fcntl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "disk/dice.h"
#include "disk/disk_image.h"
#include "disk/fault_plan.h"
#include "disk/simulated_file.h"
#include "disk/simulated_folder.h"
#include "disk/survival.h"
#include "io/file_system.h"
#include "thread/mutex.h"

namespace orderstore::disk {

struct DiskOptions {
  // Whether O_DIRECT can be opened.
  bool direct_writes = true;
  // Whether an unsynced sector may be kept in part, see B3.
  bool tears_sectors = false;
  // Whether a file may grow by what others left on the medium, see B3.
  bool leaves_garbage = false;
};

class SimulatedDisk : public io::FileSystem {
 public:
  // An empty disk: the folder "/", where relative paths start too.
  explicit SimulatedDisk(uint64_t seed, DiskOptions options = {});

  // ---- What the program calls ----------------------------------------------

  int MakeFolder(const std::string& path) override;
  int OpenFolder(const std::string& path) override;
  int Open(int folder, const std::string& name, int flags) override;
  int List(int folder, std::vector<std::string>& names) override;
  int Rename(int folder, const std::string& from,
             const std::string& to) override;
  int Remove(int folder, const std::string& name) override;
  int64_t Size(int file) override;
  int64_t ModifiedTime(int file) override;
  int64_t Read(int file, char* to, size_t bytes, int64_t offset) override;
  int64_t Write(int file, const char* from, size_t bytes,
                int64_t offset) override;
  int Sync(int file) override;
  int SyncFolder(int folder) override;
  int Lock(int file) override;
  int GiveToOwner(int, int) override { return 0; }
  // Of a descriptor that a restart took away: nothing.
  void Close(int descriptor) override;

  // ---- Power ---------------------------------------------------------------

  // Interrupts the nth change from now on, 1 being the next; 0 takes it back.
  void CutPowerAt(int64_t nth);
  // Between two calls.
  void CutPower();
  // Whether the power is off: all calls fail with EIO.
  bool off() const;

  // Cuts the power if it is on, and starts the machine with what is left.
  // Descriptors and locks are gone; faults and the capacity stay.
  void Restart(Survival survival = Survival::kBySeed);
  // As if only the program had ended: what it wrote is seen, and as unsynced as
  // it was, the interrupted call included. Descriptors and locks are gone.
  void RestartProgram();

  // What Restart would leave, without doing it: one seed, one outcome.
  DiskImage AfterCut(uint64_t seed,
                     Survival survival = Survival::kBySeed) const;
  // What is durable: AfterCut, nothing unsynced surviving.
  DiskImage Image() const;
  // Starts the machine with this on its disk, all of it durable.
  void Load(const DiskImage& image);

  // ---- Faults --------------------------------------------------------------

  void AddFault(Fault fault);
  // The nth call from now on, of any kind or of this one, fails once, or from
  // then on.
  void FailCall(int64_t nth, int error, bool lasting = false);
  void FailCall(Call call, int64_t nth, int error, bool lasting = false);
  // The nth Read or Write from now on transfers at most `bytes_max`.
  void ShortCall(Call call, int64_t nth, size_t bytes_max,
                 bool lasting = false);
  void ClearFaults();
  // Of all files together, in whole blocks.
  void SetCapacity(int64_t bytes);
  int64_t UsedBytes() const;
  // See E1.
  void DropCache();

  // ---- Files at rest -------------------------------------------------------
  //
  // These look past the program's calls, and work while the power is off. What
  // changes a file first makes all its bytes and the names beside it durable.

  bool Exists(const std::string& path) const;
  // Sorted.
  std::vector<std::string> List(const std::string& folder) const;
  // As readers see them.
  std::string Bytes(const std::string& path) const;
  // Makes the file if it is not there.
  void SetBytes(const std::string& path, std::string bytes);
  // Bit 0 is the least significant of byte 0.
  void FlipBit(const std::string& path, int64_t bit);
  // Until the next start, the sector at `offset` cannot be read, see E5.
  void SpoilSector(const std::string& path, int64_t offset);
  // Shortens it, or adds zeros.
  void TruncateFile(const std::string& path, int64_t bytes);
  void RemoveFile(const std::string& path);

  // ---- What happened -------------------------------------------------------

  int64_t CallCount() const;
  int64_t CallCount(Call call) const;
  int64_t ChangeCount() const;
  int OpenDescriptors() const;
  // The last calls, one a line, for a test that failed.
  std::string Trace() const;

 private:
  static constexpr Node kRoot = 0;

  static bool OpensToWrite(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
  }
  struct Descriptor {
    Node node;
    int flags;
    std::string path;
  };
  // What becomes of a call.
  struct Verdict {
    int error;
    size_t bytes_max;
    bool cut;
  };
  struct TraceLine {
    int64_t number;
    int64_t change;  // 0: none
    Call call;
    std::string path;
    int64_t offset;
    size_t bytes;
    int64_t result;
    bool cut;
  };

  // Ends the process: the test made a mistake.
  [[noreturn]] static void Refuse(const std::string& what);
  static void CheckFlags(int flags);
  // 0 or -errno.
  static int CheckName(const std::string& name);

  // Begin counts a call and decides on it; End tells its result, and turns the
  // power off if that is what was decided.
  Verdict Begin(Call call, std::string path, bool changes, int64_t offset = 0,
                size_t bytes = 0) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t End(const Verdict& verdict, int64_t result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int EndInt(const Verdict& verdict, int64_t result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return static_cast<int>(End(verdict, result));
  }

  // ---- The calls themselves: a result, or -errno. ----
  int64_t MakeFolderAt(const std::string& path, const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t OpenFolderAt(const std::string& path, const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t OpenName(int folder, const std::string& name, int flags,
                   const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t ListNames(int folder, std::vector<std::string>& names,
                    const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t RenameName(int folder, const std::string& from, const std::string& to,
                     const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t RemoveName(int folder, const std::string& name,
                     const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t ReadBytes(int file, char* to, size_t bytes, int64_t offset,
                    const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How many of the bytes can be read before a sector that cannot.
  size_t Readable(Node node, int64_t offset, size_t bytes) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t WriteBytes(int file, std::string_view bytes, int64_t offset,
                     const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FailWrite(SimulatedFile& file, int flags, std::string_view bytes,
                 size_t offset) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t SyncBytes(int file, const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t SyncNames(int folder, const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t LockFile(int file, const Verdict& verdict)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ---- Nodes and descriptors ----
  bool IsFolder(Node node) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return folders_.contains(node);
  }
  // The node of a path, or -errno.
  Node Find(std::string_view path) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The node of a folder's descriptor, or -errno.
  Node FolderOf(int descriptor) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The node of a name in a folder's descriptor, or -errno.
  Node NodeOf(int folder, const std::string& name) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether there is a name for it: a folder that was replaced has none.
  bool IsNamed(Node node) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // As the trace shows it.
  std::string PathOf(int descriptor, std::string_view name = {}) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int AddDescriptor(Node node, int flags, std::string path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropDescriptors() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropUnreachable() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t Used() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ---- Power ----
  DiskImage Left(uint64_t seed, Survival survival) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddLeft(Node folder, const std::string& path,
               const SimulatedFile::Cut& cut, Dice& dice,
               DiskImage& image) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Start(const DiskImage& image) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ---- Files at rest ----
  const SimulatedFile& FileAt(const std::string& path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  SimulatedFolder& FolderAround(const std::string& path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PutFile(const std::string& path, std::string bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const DiskOptions options_;

  mutable thread::Mutex mutex_;
  Dice dice_ ABSL_GUARDED_BY(mutex_);
  FaultPlan faults_ ABSL_GUARDED_BY(mutex_);
  int64_t capacity_bytes_ ABSL_GUARDED_BY(mutex_) =
      std::numeric_limits<int64_t>::max();

  std::map<Node, SimulatedFolder> folders_ ABSL_GUARDED_BY(mutex_);
  std::map<Node, SimulatedFile> files_ ABSL_GUARDED_BY(mutex_);
  Node next_node_ ABSL_GUARDED_BY(mutex_) = 1;
  // The offsets of sectors that cannot be read.
  std::map<Node, std::set<int64_t>> spoiled_ ABSL_GUARDED_BY(mutex_);

  // Numbers of descriptors are never used twice; those below first_descriptor_
  // are of an earlier run of the program.
  std::map<int, Descriptor> descriptors_ ABSL_GUARDED_BY(mutex_);
  std::map<Node, int> locks_ ABSL_GUARDED_BY(mutex_);  // to descriptors
  int next_descriptor_ ABSL_GUARDED_BY(mutex_) = 3;
  int first_descriptor_ ABSL_GUARDED_BY(mutex_) = 3;

  bool off_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t cut_at_change_ ABSL_GUARDED_BY(mutex_) = 0;  // 0: none
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::array<int64_t, kCalls> calls_of_ ABSL_GUARDED_BY(mutex_) = {};
  std::deque<TraceLine> trace_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_SIMULATED_DISK_H_
