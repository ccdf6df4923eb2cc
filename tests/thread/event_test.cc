#include "thread/event.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

namespace orderstore::thread {
namespace {

using Clock = std::chrono::steady_clock;

// None, and some that do not come.
const Deadline kDeadlines[] = {std::nullopt,
                               Clock::now() + std::chrono::hours(1),
                               Clock::time_point::max()};

TEST(EventTest, WhatCameBeforeSetIsSeenAfterWait) {
  for (const Deadline& deadline : kDeadlines) {
    Event event;
    int written = 0;
    std::thread setter([&] {
      written = 1;
      event.Set();
    });
    EXPECT_TRUE(event.Wait(deadline));
    EXPECT_EQ(written, 1);
    setter.join();
  }
}

TEST(EventTest, MayEndWhenItsWaiterReturns) {
  for (int i = 0; i < 1000; ++i) {
    auto event = std::make_unique<Event>();
    std::thread setter([set = event.get()] { set->Set(); });
    EXPECT_TRUE(event->Wait(kDeadlines[i % 3]));
    event.reset();
    setter.join();
  }
}

TEST(EventTest, DeadlineThatIsPastEndsTheWait) {
  Event event;
  for (const Clock::time_point past :
       {Clock::now(), Clock::time_point(),
        Clock::time_point() - std::chrono::nanoseconds(1),
        Clock::time_point::min()}) {
    EXPECT_FALSE(event.Wait(past));
  }
  event.Set();
  EXPECT_TRUE(event.Wait(Clock::time_point::min()));
}

TEST(EventTest, DeadlineEndsTheWaitWhenItComes) {
  Event event;
  const Clock::time_point soon = Clock::now() + std::chrono::milliseconds(2);
  EXPECT_FALSE(event.Wait(soon));
  EXPECT_GE(Clock::now(), soon);
}

TEST(EventTest, SignalDoesNotEndTheWait) {
  struct sigaction handler = {};  // without SA_RESTART
  handler.sa_handler = [](int) {};
  struct sigaction before = {};
  ASSERT_EQ(sigaction(SIGUSR1, &handler, &before), 0);
  for (const Deadline& deadline : kDeadlines) {
    Event event;
    std::atomic<bool> waits = false;
    std::thread waiter([&] {
      waits = true;
      EXPECT_TRUE(event.Wait(deadline));
    });
    while (!waits) std::this_thread::yield();
    // Some of them find it asleep.
    for (int i = 0; i < 1000; ++i) {
      pthread_kill(waiter.native_handle(), SIGUSR1);
      std::this_thread::yield();
    }
    event.Set();
    waiter.join();
  }
  sigaction(SIGUSR1, &before, nullptr);
}

}  // namespace
}  // namespace orderstore::thread
