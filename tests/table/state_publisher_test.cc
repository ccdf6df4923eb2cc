#include "table/state_publisher.h"

#include <utility>

#include "gtest/gtest.h"
#include "table/commit_state.h"

namespace orderstore::table {
namespace {

CommitState StateOf(Tick tick) {
  CommitState state;
  state.tick = tick;
  return state;
}

TEST(StatePublisherTest, BeginsWithTheEmptyStoresState) {
  const StatePublisher states;
  EXPECT_EQ(states.newest().tick, 1);
  EXPECT_EQ(states.newest().lsn, 0);
  EXPECT_EQ(states.newest().next_order_id, 1);
  ASSERT_NE(states.newest().top, nullptr);
  EXPECT_TRUE(states.newest().top->has_all);
}

TEST(StatePublisherTest, PublishReturnsTheStateBeforeAsItWas) {
  StatePublisher states;
  states.Publish(StateOf(2));
  const PublishedState* old = states.Publish(StateOf(3));
  EXPECT_EQ(old->state.tick, 2);
  EXPECT_EQ(old->tick.load(), 2);
  EXPECT_EQ(states.newest().tick, 3);
}

TEST(StatePublisherTest, ACandidateIsTheNewestUntilTheNextIsPublished) {
  StatePublisher states;
  const StatePublisher::Candidate candidate = states.Look();
  EXPECT_EQ(candidate.tick, 1);
  EXPECT_TRUE(states.IsNewest(candidate));
  states.Publish(StateOf(2));
  EXPECT_FALSE(states.IsNewest(candidate));
}

TEST(StatePublisherTest, AUsedAgainStateIsNotTakenForTheOneBefore) {
  StatePublisher states;
  const StatePublisher::Candidate candidate = states.Look();
  const PublishedState* first = states.Publish(StateOf(2));
  states.Free(first);
  states.Publish(StateOf(3));
  EXPECT_EQ(states.Look().node, candidate.node) << "it is used again";
  EXPECT_FALSE(states.IsNewest(candidate));
}

}  // namespace
}  // namespace orderstore::table
