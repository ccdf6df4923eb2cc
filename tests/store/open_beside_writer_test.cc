// Opening a store to read only while another thread writes to it.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "csv/test_folder.h"
#include "gtest/gtest.h"
#include "orderstore/store.h"
#include "recovery/history.h"
#include "scale.h"
#include "store/folder_test.h"
#include "store/test_store.h"

namespace orderstore {
namespace {

class OpenBesideWriterTest : public FolderTest {
 protected:
  // Opens the store again and again while it commits, rotates and prunes: each
  // state that is found is one of the history's, no older than what was durable
  // before, and whole.
  void OpenBeside(io::FileSystem& files, const std::string& folder) {
    History history(files, folder, AnyOptions(), /*seed=*/7);
    history.Commit(3);
    const int64_t openings_min = Scaled(60) + 3;
    std::atomic<int64_t> openings = 0;
    std::atomic<bool> done = false;
    std::map<Lsn, State> found;
    std::thread opener([&] {
      while (!done || openings < openings_min) {
        const Lsn durable = history.store().durable_lsn();
        const auto store =
            store::OpenStore::OpenReadOnly(files, folder, AnyOptions());
        ++openings;
        EXPECT_THAT(store, IsOk());
        if (!store.ok()) continue;
        EXPECT_GE((*store)->open_report().lsn, durable);
        EXPECT_THAT((*store)->Check(), IsOk());
        State state = RowsOf((*store)->OpenReadView());
        EXPECT_EQ(state.lsn, (*store)->open_report().lsn);
        const auto [at, is_new] = found.emplace(state.lsn, state);
        EXPECT_TRUE(is_new || at->second == state);
      }
    });
    for (int round = 0; round < 10 || openings < openings_min; ++round) {
      history.Commit(20);
      EXPECT_THAT(history.store().WriteSnapshot(), IsOk());
    }
    done = true;
    opener.join();
    EXPECT_GT(found.size(), 1);
    for (const auto& [lsn, state] : found) {
      EXPECT_EQ(state, history.at(lsn)) << "LSN " << lsn;
    }
  }
};

TEST_F(OpenBesideWriterTest, ReadOnlyFindsAStateOfTheHistory) {
  OpenBeside(disk_, kFolder);
  EXPECT_FALSE(disk_.Exists("/shop/0000000001.log")) << "the writer has pruned";
}

TEST_F(OpenBesideWriterTest, ReadOnlyFindsAStateOfTheHistoryInRealFiles) {
  const TestFolder folder;
  OpenBeside(io::Posix(), folder / "shop");
}

}  // namespace
}  // namespace orderstore
