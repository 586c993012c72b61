#include "worker-agent/edge/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <sstream>

#include "tests/unit/edge/routes.hpp"
#include "worker-agent/edge/pages.hpp"

namespace edge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 50)};

Frame frame() {
  Frame result;
  result.socket = "/run/wh/haproxy.sock";
  return result;
}

TEST(RenderTest, writes_ready_targets_and_leaves_draining_ones_out) {
  Layout layout;
  layout.slots = 2;
  layout = *plan(layout, {route(1, {target(1, 20001), target(2, 20002, true)})}, kNow, {});

  const std::string text = render_slots(layout);

  EXPECT_EQ(
      text,
      "backend app-1 from app\n"
      "  server 01900000-0000-7000-8000-000000000001_127.0.0.1_20001 127.0.0.1:20001 check inter 1s fastinter 500ms "
      "fall 2 rise 1 weight 1 pool-max-conn 100 pool-purge-delay 2s "
      "sni date(0,us),mul(txn.lone),add(1),set-var(txn.lone),sub(1)\n"
      "backend app-2 from app\n");
}

TEST(RenderTest, maps_each_host_to_its_slot) {
  Layout layout;
  layout.slots = 2;
  layout = *plan(layout, {route(1, {}, {"a.b", "c.d"}), route(2, {}, {"e.f"})}, kNow, {});

  EXPECT_EQ(render_map(layout), "a.b app-1\nc.d app-1\ne.f app-2\n");
}

TEST(RenderTest, LIM_04_a_limit_is_the_time_of_one_request_and_of_a_burst) {
  EXPECT_EQ(limit_value({.per_minute = 1000, .burst = 100}), "60000:5940000");
  EXPECT_EQ(limit_value({.per_minute = 1'000'000, .burst = 1}), "60:0");
  EXPECT_EQ(limit_value({.per_minute = 1, .burst = 100'000}), "60000000:600000000") << "ten minutes' worth at most";
}

TEST(RenderTest, brackets_ipv6_addresses) {
  Target six = target(1, 80);
  six.address = "fd00::1";

  EXPECT_THAT(server_arguments(six), HasSubstr("[fd00::1]:80 "));
}

TEST(RenderTest, CTR_11_each_thread_has_a_processor_of_its_own_and_a_single_one_is_free_to_go) {
  auto one = frame();
  one.processors = {3};
  auto three = frame();
  three.processors = {0, 2, 5};

  EXPECT_THAT(*render_frame(one), HasSubstr("  nbthread 1\n  maxconn"));
  EXPECT_THAT(*render_frame(three), HasSubstr("  nbthread 3\n  cpu-map auto:1/1-3 0 2 5\n"));
  EXPECT_THAT(*render_frame(frame()), Not(HasSubstr("nbthread")));
}

TEST(RenderTest, CTR_11_on_the_largest_hosts_no_line_has_more_words_than_haproxy_reads) {
  auto many = frame();
  many.processors.resize(192);

  std::istringstream lines(*render_frame(many));

  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    EXPECT_LE(std::distance(std::istream_iterator<std::string>(words), {}), 64) << line;
  }
}

TEST(RenderTest, names_files_relative_to_the_folder_so_that_any_home_works) {
  auto with_space = frame();
  with_space.jail = "/home/a b/edge/empty";

  const auto text = render_frame(with_space);

  ASSERT_TRUE(text.has_value());
  EXPECT_THAT(*text, HasSubstr("chroot \"/home/a b/edge/empty\""));
  EXPECT_THAT(*text, HasSubstr("map(hosts.map,no-site)"));
}

TEST(RenderTest, without_a_jail_the_user_stays) {
  EXPECT_THAT(*render_frame(frame()), Not(HasSubstr("chroot")));
}

TEST(RenderTest, refuses_settings_that_would_break_out_of_their_place) {
  auto newline = frame();
  newline.socket = "/run/x\n  stats socket /tmp/y level admin";
  auto quote = frame();
  quote.socket = "/run/x\" mode 666";
  auto address = frame();
  address.http_address = "127.0.0.1:80\nbind";
  auto port = frame();
  port.http_port = 70000;

  for (const auto& bad : {newline, quote, address, port}) {
    const auto text = render_frame(bad);
    EXPECT_FALSE(text.has_value());
  }
}

TEST(RenderTest, pages_have_no_scripts_and_follow_the_colour_scheme) {
  for (const auto& page : {no_site_page(), no_replica_page(), failed_page(502), failed_page(504), failed_page(400)}) {
    EXPECT_THAT(page.html, Not(HasSubstr("<script")));
    EXPECT_THAT(page.html, HasSubstr("prefers-color-scheme:dark"));
    EXPECT_THAT(page.text, Not(HasSubstr("<")));
    EXPECT_LT(page.html.size(), 4096U);
  }
  EXPECT_THAT(error_file(502, failed_page(502)), ::testing::StartsWith("HTTP/1.1 502 Bad Gateway\r\n"));
}

}  // namespace
}  // namespace edge
