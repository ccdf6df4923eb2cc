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
  EXPECT_EQ(states.latest().tick, 1);
  EXPECT_EQ(states.latest().lsn, 0);
  EXPECT_EQ(states.latest().next_order_id, 1);
  ASSERT_NE(states.latest().top, nullptr);
  EXPECT_TRUE(states.latest().top->has_all);
}

TEST(StatePublisherTest, PublishReturnsTheStateBeforeAsItWas) {
  StatePublisher states;
  states.Publish(StateOf(2));
  const PublishedState* old = states.Publish(StateOf(3)).before;
  EXPECT_EQ(old->state.tick, 2);
  EXPECT_EQ(old->tick.load(), 2);
  EXPECT_EQ(states.latest().tick, 3);
}

TEST(StatePublisherTest, AStateIsStampedAsItIsReplacedAndANodeBeginsAnew) {
  StatePublisher states;
  const StatePublisher::Published second = states.Publish(StateOf(2));
  EXPECT_GT(second.before->replaced_ns.load(), 0);
  EXPECT_EQ(second.now->replaced_ns.load(), 0);
  states.Free(second.before);
  const StatePublisher::Published third = states.Publish(StateOf(3));
  ASSERT_EQ(third.now, second.before) << "it is used again";
  EXPECT_EQ(third.now->replaced_ns.load(), 0);
  EXPECT_GT(second.now->replaced_ns.load(), 0);
}

TEST(StatePublisherTest, ACandidateIsTheNewestUntilTheNextIsPublished) {
  StatePublisher states;
  const StateLine::Candidate candidate = states.latest_line().Look();
  EXPECT_EQ(candidate.tick, 1);
  EXPECT_TRUE(states.latest_line().IsCurrent(candidate));
  states.Publish(StateOf(2));
  EXPECT_FALSE(states.latest_line().IsCurrent(candidate));
}

TEST(StatePublisherTest, AUsedAgainStateIsNotTakenForTheOneBefore) {
  StatePublisher states;
  const StateLine::Candidate candidate = states.latest_line().Look();
  const PublishedState* first = states.Publish(StateOf(2)).before;
  states.Free(first);
  states.Publish(StateOf(3));
  EXPECT_EQ(states.latest_line().Look().node, candidate.node)
      << "it is used again";
  EXPECT_FALSE(states.latest_line().IsCurrent(candidate));
}

}  // namespace
}  // namespace orderstore::table
