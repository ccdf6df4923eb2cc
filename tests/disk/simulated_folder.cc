#include "disk/simulated_folder.h"

#include <utility>

namespace orderstore::disk {

void SimulatedFolder::Add(const std::string& name, Node node) {
  Do({.removed = "", .added = name, .node = node});
}

void SimulatedFolder::Rename(const std::string& from, const std::string& to) {
  if (from == to) return;
  Do({.removed = from, .added = to, .node = names_.at(from)});
}

void SimulatedFolder::Remove(const std::string& name) {
  Do({.removed = name, .added = "", .node = names_.at(name)});
}

void SimulatedFolder::Do(Operation operation) {
  Apply(operation, names_);
  unsynced_.push_back(std::move(operation));
}

void SimulatedFolder::Apply(const Operation& operation, Names& names) {
  if (!operation.removed.empty()) names.erase(operation.removed);
  if (!operation.added.empty()) names[operation.added] = operation.node;
}

bool SimulatedFolder::Depends(const Operation& later,
                              const Operation& earlier) {
  const auto names = [&later](const std::string& name) {
    return !name.empty() && (name == later.removed || name == later.added);
  };
  return names(earlier.removed) || names(earlier.added);
}

std::vector<bool> SimulatedFolder::SomeOperations(Dice& dice) const {
  std::vector<bool> chosen = dice.Some(unsynced_.size());
  for (size_t later = 0; later < unsynced_.size(); ++later) {
    for (size_t earlier = 0; earlier < later; ++earlier) {
      if (!chosen[earlier] && Depends(unsynced_[later], unsynced_[earlier])) {
        chosen[later] = false;
      }
    }
  }
  return chosen;
}

void SimulatedFolder::Sync() {
  durable_ = names_;
  unsynced_.clear();
}

void SimulatedFolder::FailSync(Dice& dice) {
  const std::vector<bool> goes_out = SomeOperations(dice);
  std::vector<Operation> rest;
  for (size_t i = 0; i < unsynced_.size(); ++i) {
    if (goes_out[i]) {
      Apply(unsynced_[i], durable_);
    } else {
      rest.push_back(std::move(unsynced_[i]));
    }
  }
  unsynced_ = std::move(rest);
}

SimulatedFolder::Names SimulatedFolder::AfterCut(Survival survival,
                                                 Dice& dice) const {
  if (survival == Survival::kNothing) return durable_;
  if (survival == Survival::kEverything) return names_;
  Names left = durable_;
  const std::vector<bool> kept = SomeOperations(dice);
  for (size_t i = 0; i < unsynced_.size(); ++i) {
    if (kept[i]) Apply(unsynced_[i], left);
  }
  return left;
}

std::set<Node> SimulatedFolder::Reachable() const {
  std::set<Node> nodes;
  for (const auto& [name, node] : names_) nodes.insert(node);
  for (const auto& [name, node] : durable_) nodes.insert(node);
  for (const Operation& operation : unsynced_) nodes.insert(operation.node);
  return nodes;
}

}  // namespace orderstore::disk
