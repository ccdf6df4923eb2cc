// The two ways in which the floor keeps rows and finds them by text. Both have
//
//   Rows<Row>         id -> row, ids from a sequence
//   TextIndex<...>    unique text -> id
//
// HashMaps is the plain one: absl::flat_hash_maps throughout. A lookup by text
// is two finds, of the id and of the row: a map moves its rows as it grows, so
// that an index of their places would need each row on its own, a cache miss
// more for every lookup by id and every child in a list. An expert who knows
// that ids are a sequence and has counted cache misses saves both and writes
// Arrays: rows in a std::vector and, for the texts, sets of ids that read the
// text in the row. It is faster and takes half the memory, and gives up given
// ids.
//
// Debian's Abseil is built as C++17: its string_view is not the standard's, so
// keys are converted (for free) before they are hashed.

#ifndef ORDERSTORE_BENCH_SUBJECTS_FLOOR_TABLES_H_
#define ORDERSTORE_BENCH_SUBJECTS_FLOOR_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace orderstore::bench {

inline absl::string_view AbslText(std::string_view text) {
  return {text.data(), text.size()};
}

struct HashMaps {
  static constexpr std::string_view kName = "floor_maps";

  template <typename Row>
  class Rows {
   public:
    template <typename... Columns>
    int32_t Add(Columns&&... columns) {
      const auto id = static_cast<int32_t>(rows_.size()) + 1;
      rows_.try_emplace(id, std::forward<Columns>(columns)...);
      return id;
    }
    Row* Find(int32_t id) {
      auto it = rows_.find(id);
      return it == rows_.end() ? nullptr : &it->second;
    }
    const Row* Find(int32_t id) const {
      auto it = rows_.find(id);
      return it == rows_.end() ? nullptr : &it->second;
    }
    void Prefetch(int32_t id) const { rows_.prefetch(id); }
    void Reserve(size_t n) { rows_.reserve(n); }
    size_t size() const { return rows_.size(); }

   private:
    absl::flat_hash_map<int32_t, Row> rows_;
  };

  template <typename Row, std::string Row::*text>
  class TextIndex {
   public:
    explicit TextIndex(const Rows<Row>&) {}

    // The id of the row with this text; 0 if there is none.
    int32_t Find(std::string_view key) const {
      auto it = ids_.find(AbslText(key));
      return it == ids_.end() ? 0 : it->second;
    }
    void Prefetch(std::string_view key) const {
      ids_.prefetch(absl::string_view(AbslText(key)));
    }
    void Reserve(size_t n) { ids_.reserve(n); }
    // The same, but a row that is missing is added by `add_row`, which returns
    // its id. Second: whether it was.
    template <typename Fn>
    std::pair<int32_t, bool> FindOrAdd(std::string_view key, Fn&& add_row) {
      auto [it, added] = ids_.try_emplace(AbslText(key), 0);
      if (added) it->second = add_row();
      return {it->second, added};
    }

   private:
    absl::flat_hash_map<std::string, int32_t> ids_;
  };
};

struct Arrays {
  static constexpr std::string_view kName = "floor_arrays";

  template <typename Row>
  class Rows {
   public:
    template <typename... Columns>
    int32_t Add(Columns&&... columns) {
      rows_.emplace_back(std::forward<Columns>(columns)...);
      return static_cast<int32_t>(rows_.size());
    }
    Row* Find(int32_t id) {
      const size_t i = static_cast<size_t>(id) - 1;
      return i < rows_.size() ? &rows_[i] : nullptr;
    }
    const Row* Find(int32_t id) const {
      const size_t i = static_cast<size_t>(id) - 1;
      return i < rows_.size() ? &rows_[i] : nullptr;
    }
    size_t size() const { return rows_.size(); }

   private:
    std::vector<Row> rows_;
  };

  template <typename Row, std::string Row::*text>
  class TextIndex {
   public:
    explicit TextIndex(const Rows<Row>& rows)
        : ids_(0, Hash{&rows}, Equal{&rows}) {}

    int32_t Find(std::string_view key) const {
      auto it = ids_.find(AbslText(key));
      return it == ids_.end() ? 0 : *it;
    }
    template <typename Fn>
    std::pair<int32_t, bool> FindOrAdd(std::string_view key, Fn&& add_row) {
      bool added = false;
      auto it = ids_.lazy_emplace(AbslText(key), [&](const auto& construct) {
        construct(add_row());
        added = true;
      });
      return {*it, added};
    }

   private:
    struct Hash {
      using is_transparent = void;
      const Rows<Row>* rows;
      size_t operator()(absl::string_view key) const {
        return absl::Hash<absl::string_view>()(key);
      }
      size_t operator()(int32_t id) const {
        return (*this)(AbslText(rows->Find(id)->*text));
      }
    };
    struct Equal {
      using is_transparent = void;
      const Rows<Row>* rows;
      bool operator()(int32_t a, int32_t b) const { return a == b; }
      bool operator()(int32_t id, absl::string_view key) const {
        return AbslText(rows->Find(id)->*text) == key;
      }
    };

    absl::flat_hash_set<int32_t, Hash, Equal> ids_;
  };
};

}  // namespace orderstore::bench

#endif  // ORDERSTORE_BENCH_SUBJECTS_FLOOR_TABLES_H_
