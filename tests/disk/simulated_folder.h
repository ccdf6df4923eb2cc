// The names in one folder of a simulated disk, twice: as a program sees them,
// and as they are on the medium, with the operations between the two.
//
// An operation that shares a name with an earlier one that is not durable never
// reaches the medium without it (and so all those on one file keep their order:
// each starts from the name that the one before gave); otherwise they reach it
// in any order. So a rename is seen whole or not at all, no file has two names,
// and no file loses its name to an operation that came after a lost one.
//
// Not thread-safe: the disk's mutex guards it.

#ifndef ORDERSTORE_TESTS_DISK_SIMULATED_FOLDER_H_
#define ORDERSTORE_TESTS_DISK_SIMULATED_FOLDER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "disk/dice.h"
#include "disk/survival.h"

namespace orderstore::disk {

// The number of a file or folder of the disk.
using Node = int64_t;

class SimulatedFolder {
 public:
  using Names = std::map<std::string, Node>;

  // As a program sees them.
  const Names& names() const { return names_; }

  // The name is free.
  void Add(const std::string& name, Node node);
  // `from` is there; `to` is replaced if it is.
  void Rename(const std::string& from, const std::string& to);
  // The name is there.
  void Remove(const std::string& name);

  // Makes the names durable.
  void Sync();
  // A sync that reports an error: some of the names are durable.
  void FailSync(Dice& dice);

  // What a power cut now leaves; kBySeed is not one of them.
  Names AfterCut(Survival survival, Dice& dice) const;

  // Everything that a name leads to, or led to and may do so again.
  std::set<Node> Reachable() const;

 private:
  struct Operation {
    std::string removed;  // a name, or empty
    std::string added;    // a name, or empty
    Node node;
  };

  // Whether `later` shares a name with `earlier`.
  static bool Depends(const Operation& later, const Operation& earlier);
  static void Apply(const Operation& operation, Names& names);
  void Do(Operation operation);
  // By index, closed under Depends.
  std::vector<bool> SomeOperations(Dice& dice) const;

  Names names_;
  Names durable_;
  std::vector<Operation> unsynced_;  // from durable_ to names_
};

}  // namespace orderstore::disk

#endif  // ORDERSTORE_TESTS_DISK_SIMULATED_FOLDER_H_
