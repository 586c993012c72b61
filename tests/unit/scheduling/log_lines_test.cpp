#include "control-plane/modules/scheduling/log_lines.hpp"

#include <gtest/gtest.h>

#include "control-plane/modules/fleet/inflow.hpp"

namespace scheduling {
namespace {

const std::string kTime = "2026-11-21T11:14:47.531443128Z";

TEST(LogLines, know_where_in_the_log_they_stand_wherever_the_pieces_are_cut) {
  const std::string first = kTime + " O one\n";
  const std::string raw = kTime + " J 1000\n" + first + kTime + " E two\n" + kTime + " G rate 3 500\n" + kTime +
                          " G kept - 70\n" + kTime + " J 5000\n" + kTime + " O last\n";
  for (std::size_t cut = 0; cut <= raw.size(); ++cut) {
    LogLines lines;
    auto got = lines.feed(raw.substr(0, cut));
    for (auto& line : lines.feed(raw.substr(cut))) got.push_back(std::move(line));

    ASSERT_EQ(got.size(), 5U) << cut;
    EXPECT_EQ(got[0].text, "one");
    EXPECT_EQ(got[0].time, kTime);
    EXPECT_EQ(got[0].next, 1000 + first.size());
    EXPECT_EQ(got[1].kind, LogLine::Kind::error);
    EXPECT_EQ(got[2].text, "[3 lines (500 bytes) left out: the app prints more than is kept]");
    EXPECT_EQ(got[3].text, "[lines (70 bytes) left out: they are no longer kept]");
    EXPECT_EQ(got[4].text, "last");
    EXPECT_EQ(lines.position(), 5000 + kTime.size() + 8);
  }
}

TEST(LogLines, a_begun_line_is_not_passed_by) {
  LogLines lines;
  lines.feed(kTime + " J 10\n" + kTime + " O beg");

  EXPECT_EQ(lines.position(), 10U);
}

TEST(LogLines, take_foreign_lines_as_they_are) {
  LogLines lines;
  const auto got = lines.feed("no form at all\n");

  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].text, "no form at all");
}

TEST(Inflow, takes_bytes_up_to_the_credit_at_the_next_offset_only) {
  base::SystemClock clock;
  const auto stream = base::StreamId::make(clock);
  fleet::Inflow inflow;
  const auto code = [&](std::uint64_t offset, std::uint64_t bytes) {
    const auto taken = inflow.take(stream, offset, bytes);
    return taken ? std::string("taken") : taken.error().code;
  };

  EXPECT_EQ(code(0, 1), "unknown_stream");
  inflow.open(stream, 100, 50);
  EXPECT_EQ(code(0, 10), "bad_offset");
  EXPECT_EQ(code(100, 51), "bad_offset");
  EXPECT_EQ(code(100, 50), "taken");
  EXPECT_EQ(code(150, 1), "bad_offset");
  inflow.grant(stream, 20);
  EXPECT_EQ(inflow.outstanding(), 20U);
  EXPECT_EQ(code(100, 1), "bad_offset");
  EXPECT_EQ(code(150, 20), "taken");
  inflow.give_back(stream, 150);
  EXPECT_EQ(code(150, 20), "taken");
  inflow.close(stream);
  EXPECT_EQ(code(170, 0), "unknown_stream");
}

}  // namespace
}  // namespace scheduling
