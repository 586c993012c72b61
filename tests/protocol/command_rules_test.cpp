#include "common/protocol/command_rules.hpp"

#include <gtest/gtest.h>

#include "common/json/json.hpp"
#include "common/protocol/limits.hpp"

namespace protocol {
namespace {

using std::chrono::seconds;

const base::UtcTime kNow = base::parse_utc("2026-11-21T10:00:00.000Z").value();
const base::WorkerId kSelf = base::WorkerId::parse("01936f2a-7c00-7000-8000-000000000000").value();
const base::WorkerId kOther = base::WorkerId::parse("01936f2a-7c00-7000-8000-0000000000ff").value();
const base::JobId kJob = base::JobId::parse("01936f2a-7c00-7000-8000-00000000001e").value();

class CommandRules : public testing::Test {
 protected:
  static CommandHead head(CommandType type, std::uint64_t epoch = 3) {
    return CommandHead{
        .command = type, .worker_id = kSelf, .epoch = epoch, .issued_at = kNow, .not_after = kNow + kCommandLife};
  }
  static AssignmentCommand assignment(std::uint64_t generation = 8, std::uint64_t epoch = 3) {
    return AssignmentCommand{.head = head(CommandType::assignment, epoch), .generation = generation};
  }
  static JobCommand job(int attempt = 1, std::uint64_t epoch = 3) {
    return JobCommand{.head = head(CommandType::job, epoch), .job_id = kJob, .attempt = attempt, .lease_s = 120};
  }
  static TrustCommand trust(std::uint64_t generation = 1) {
    return TrustCommand{.head = head(CommandType::trust),
                        .generation = generation,
                        .command_keys = {{.id = "ck2", .key = {std::string(32, 'k')}}},
                        .ca_pins = {"sha256/x"},
                        .control_planes = {{.id = "cp-1", .connect_url = "wss://127.0.0.1:7071"}}};
  }
  static CommandType type_of(const AssignmentCommand&) { return CommandType::assignment; }
  static CommandType type_of(const JobCommand&) { return CommandType::job; }
  static CommandType type_of(const TrustCommand&) { return CommandType::trust; }

  template <class T>
  base::Result<CommandDecision> check(const T& command, base::UtcTime now = kNow) const {
    return check_command(keys_, state_, kSelf, type_of(command), sign_command(signer_, command), now);
  }
  template <class T>
  std::string refusal(const T& command, base::UtcTime now = kNow) const {
    const auto decision = check(command, now);
    if (decision) return decision->repeat ? "repeat" : "accepted";
    EXPECT_EQ(decision.error().code, "command_refused");
    return decision.error().message;
  }
  template <class T>
  void accept(const T& command, base::UtcTime now = kNow) {
    state_ = accept_command(state_, check(command, now).value(), now);
  }

  CommandSigningKey signer_{.id = "ck1", .pair = crypto::ed25519_generate()};
  std::vector<CommandKey> keys_{{.id = "ck1", .key = {signer_.pair.public_key}}};
  CommandState state_;
};

TEST_F(CommandRules, accepts_each_type) {
  EXPECT_EQ(refusal(assignment()), "accepted");
  EXPECT_EQ(refusal(job()), "accepted");
  EXPECT_EQ(refusal(trust()), "accepted");
}

TEST_F(CommandRules, refuses_unsigned_and_wrongly_signed) {
  SignedCommand command = sign_command(signer_, assignment());
  const auto verdict = [&] { return check_command(keys_, state_, kSelf, CommandType::assignment, command, kNow); };
  ASSERT_TRUE(verdict().has_value());

  command.signature.sig.bytes.clear();
  EXPECT_EQ(verdict().error().message, "The signature is wrong.");
  command = sign_command(CommandSigningKey{.id = "ck1", .pair = crypto::ed25519_generate()}, assignment());
  EXPECT_EQ(verdict().error().message, "The signature is wrong.");
  command = sign_command(signer_, assignment());
  command.bytes.push_back(' ');
  EXPECT_EQ(verdict().error().message, "The signature is wrong.");
  command = sign_command(signer_, assignment());
  command.signature.key_id = "ck9";
  EXPECT_EQ(verdict().error().message, "The command key is not pinned.");
  // The same bytes signed for another purpose.
  command = sign_command(signer_, assignment());
  command.signature.sig.bytes = crypto::ed25519_sign(signer_.pair, "wisehosting/other/1\n", command.bytes);
  EXPECT_EQ(verdict().error().message, "The signature is wrong.");
}

TEST_F(CommandRules, refuses_a_command_in_another_types_message) {
  const SignedCommand signed_job = sign_command(signer_, job());
  for (const CommandType type : {CommandType::assignment, CommandType::trust}) {
    EXPECT_EQ(check_command(keys_, state_, kSelf, type, signed_job, kNow).error().message,
              "The command is of another type than its message.");
  }
}

TEST_F(CommandRules, refuses_another_workers_command) {
  AssignmentCommand command = assignment();
  command.head.worker_id = kOther;
  EXPECT_EQ(refusal(command), "The command is for another worker.");
}

TEST_F(CommandRules, refuses_a_first_acceptance_after_not_after) {
  EXPECT_EQ(refusal(assignment(), kNow + seconds(120)), "accepted");
  EXPECT_EQ(refusal(assignment(), kNow + seconds(121)), "The command has expired.");
}

TEST_F(CommandRules, an_accepted_command_is_answered_as_before_however_late) {
  accept(assignment());
  accept(job());

  EXPECT_EQ(refusal(assignment(), kNow + std::chrono::hours(1)), "repeat");
  EXPECT_EQ(refusal(job(), kNow + seconds(119)), "repeat");
}

TEST_F(CommandRules, a_clock_that_was_set_back_does_not_revive_old_commands) {
  AssignmentCommand later = assignment(9);
  later.head.issued_at = kNow + seconds(300);
  later.head.not_after = kNow + seconds(420);
  accept(later, kNow + seconds(300));

  AssignmentCommand old = assignment(10);
  EXPECT_EQ(refusal(old, kNow), "The command has expired.");
}

TEST_F(CommandRules, an_issue_time_far_ahead_does_not_advance_the_clock) {
  AssignmentCommand ahead = assignment(9);
  ahead.head.issued_at = kNow + seconds(121);
  ahead.head.not_after = kNow + seconds(241);
  accept(ahead);
  EXPECT_FALSE(state_.latest_issued.has_value());

  ahead = assignment(10);
  ahead.head.issued_at = kNow + seconds(120);
  ahead.head.not_after = kNow + seconds(240);
  accept(ahead);
  EXPECT_EQ(state_.latest_issued, kNow + seconds(120));
}

TEST_F(CommandRules, order_is_epoch_then_generation) {
  accept(assignment(8, 3));

  EXPECT_EQ(refusal(assignment(7, 3)), "A newer command of this kind was accepted.");
  EXPECT_EQ(refusal(assignment(100, 2)), "A newer command of this kind was accepted.");
  EXPECT_EQ(refusal(assignment(9, 3)), "accepted");
  EXPECT_EQ(refusal(assignment(1, 4)), "accepted");
}

TEST_F(CommandRules, the_same_place_with_other_content_is_an_error) {
  accept(assignment(8, 3));
  AssignmentCommand other = assignment(8, 3);
  other.shrink = true;

  EXPECT_EQ(refusal(other), "Another command with the same epoch and generation was accepted.");
}

TEST_F(CommandRules, kinds_are_counted_apart) {
  accept(assignment(8, 3));
  AssignmentCommand routes = assignment(1, 3);
  routes.kind = AssignmentKind::routes;

  EXPECT_EQ(refusal(routes), "accepted");
  EXPECT_EQ(refusal(trust(1)), "accepted");
}

TEST_F(CommandRules, jobs_compare_attempts_and_the_highest_epoch) {
  accept(job(2, 3));

  EXPECT_EQ(refusal(job(1, 3)), "A later attempt of this job was accepted.");
  EXPECT_EQ(refusal(job(3, 3)), "accepted");
  JobCommand changed = job(2, 3);
  changed.spec.text = R"({"x":1})";
  EXPECT_EQ(refusal(changed), "Another command for the same attempt was accepted.");
  accept(assignment(1, 5));
  EXPECT_EQ(refusal(job(3, 4)), "The epoch is below the highest accepted.");
  EXPECT_EQ(refusal(job(2, 3)), "repeat");
}

TEST_F(CommandRules, jobs_are_forgotten_after_their_not_after_and_stay_refused) {
  accept(job(1));
  accept(assignment(1), kNow + seconds(110));
  ASSERT_EQ(state_.jobs.size(), 1U);

  AssignmentCommand later = assignment(2);
  later.head.issued_at = kNow + seconds(121);
  later.head.not_after = kNow + seconds(241);
  accept(later, kNow + seconds(121));

  EXPECT_TRUE(state_.jobs.empty());
  EXPECT_EQ(refusal(job(1), kNow + seconds(121)), "The command has expired.");
  EXPECT_EQ(refusal(job(1), kNow), "The command has expired.");
}

TEST_F(CommandRules, refuses_malformed_content) {
  for (const char* text : {"", "{}", "[]", "{\"command\":\"assignment\"}", "{\"command\":\"exec\"}"}) {
    const auto decision =
        check_command(keys_, state_, kSelf, CommandType::assignment, sign_command(signer_, std::string(text)), kNow);
    EXPECT_EQ(decision.error().code, "command_refused") << text;
  }
  AssignmentCommand large = assignment(kMaxGeneration + 1);
  EXPECT_EQ(refusal(large), "The generation is over 2^53 − 1.");
  AssignmentCommand many = assignment();
  for (int i = 0; i < 4'001; ++i) many.objects.push_back({.id = std::to_string(i), .sha256 = Digest::of("x")});
  EXPECT_EQ(refusal(many), "More than 4,000 objects.");
  AssignmentCommand twice = assignment();
  twice.objects = {{.id = "a", .sha256 = Digest::of("x")}, {.id = "a", .sha256 = Digest::of("y")}};
  EXPECT_EQ(refusal(twice), "An object's id stands twice.");
  TrustCommand empty = trust();
  empty.ca_pins.clear();
  EXPECT_EQ(refusal(empty), "Each pinned set has at least one member.");
  EXPECT_EQ(refusal(job(0)), "Attempts begin at 1.");
  JobCommand list = job();
  list.spec.text = "[]";
  EXPECT_EQ(refusal(list), "A job's spec is an object.");
}

TEST_F(CommandRules, state_survives_its_way_to_disk) {
  accept(assignment(8));
  accept(job(1));
  accept(trust(2));

  EXPECT_EQ(json::decode<CommandState>(json::encode(state_), json::Unknown::reject).value(), state_);
}

TEST(ShrinkRule, needs_more_than_half_and_more_than_three) {
  EXPECT_FALSE(shrinks_too_much(3, 3));
  EXPECT_FALSE(shrinks_too_much(8, 4));
  EXPECT_TRUE(shrinks_too_much(7, 4));
  EXPECT_TRUE(shrinks_too_much(4, 4));
  EXPECT_FALSE(shrinks_too_much(100, 50));
  EXPECT_TRUE(shrinks_too_much(100, 51));
}

TEST(NextPosition, goes_above_what_either_side_knows) {
  const auto next = [](CommandPosition used, CommandPosition reported, std::uint64_t epoch) {
    return next_position(used, reported, epoch).value();
  };
  EXPECT_EQ(next({3, 7}, {3, 7}, 3), (CommandPosition{3, 8}));
  EXPECT_EQ(next({3, 7}, {3, 20}, 3), (CommandPosition{3, 21}));
  EXPECT_EQ(next({3, 7}, {0, 0}, 4), (CommandPosition{4, 1}));
  EXPECT_EQ(next({3, 7}, {5, 2}, 4), (CommandPosition{5, 3}));
  EXPECT_EQ(next({3, kMaxGeneration}, {0, 0}, 3), (CommandPosition{4, 1}));
  EXPECT_EQ(next({3, 7}, {1'003, 1}, 3), (CommandPosition{1'003, 2}));
  EXPECT_FALSE(next_position({3, 7}, {1'004, 1}, 3).has_value());
}

}  // namespace
}  // namespace protocol
