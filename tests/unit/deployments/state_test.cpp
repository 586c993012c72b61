#include <gtest/gtest.h>

#include <array>

#include "control-plane/modules/deployments/types.hpp"

namespace deployments {
namespace {

constexpr std::array kStates{State::queued, State::building, State::built,     State::releasing,
                             State::live,   State::failed,   State::cancelled, State::superseded};

TEST(DeploymentState, names_are_read_back) {
  for (const auto state : kStates) EXPECT_EQ(parse_state(to_string(state)), state);
}

TEST(DeploymentState, ended_states_lead_nowhere) {
  for (const auto from : {State::failed, State::cancelled, State::superseded}) {
    for (const auto to : kStates) EXPECT_FALSE(may_become(from, to)) << to_string(from) << " to " << to_string(to);
  }
}

TEST(DeploymentState, failing_and_cancelling_are_possible_until_live) {
  for (const auto from : {State::queued, State::building, State::built, State::releasing}) {
    EXPECT_TRUE(may_become(from, State::failed));
    EXPECT_TRUE(may_become(from, State::cancelled));
    EXPECT_TRUE(may_become(from, State::superseded));
  }
  EXPECT_FALSE(may_become(State::live, State::failed));
  EXPECT_FALSE(may_become(State::live, State::cancelled));
  EXPECT_TRUE(may_become(State::live, State::superseded));
}

TEST(DeploymentState, no_step_is_skipped) {
  EXPECT_FALSE(may_become(State::queued, State::releasing));
  EXPECT_FALSE(may_become(State::building, State::live));
  EXPECT_FALSE(may_become(State::built, State::live));
  EXPECT_TRUE(may_become(State::queued, State::built));
}

}  // namespace
}  // namespace deployments
