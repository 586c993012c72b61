#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/base/files.hpp"
#include "tests/integration/builds/build_world.hpp"
#include "tests/support/patience.hpp"

namespace builds::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kFrom = "FROM localhost/wisehosting/busybox:1\n";

TEST(Build, pushes_an_image_whose_digest_is_in_the_registry_and_then_comes_from_the_cache) {
  auto& w = world();
  const auto url = w.repository(
      "good", {{"Containerfile",
                kFrom + "COPY index.html /www/\nRUN echo built > /www/note\nCMD [\"busybox\",\"httpd\",\"-f\"]\n"},
               {"index.html", "hello"}});
  const Order order = w.order(url);

  const Built first = w.build(order);
  const Built second = w.build(order);

  ASSERT_EQ(first.outcome.outcome, "succeeded") << first.log;
  EXPECT_EQ(first.result("commit"), w.head_of("good"));
  EXPECT_EQ(first.result("commit_message"), "Change of good");
  EXPECT_THAT(first.phases, ElementsAre("source", "build", "push"));
  const auto [status, digest] =
      w.registry_get("/v2/acme/hello/manifests/" + first.result("image_digest"), w.token("acme/hello", {"pull"}));
  EXPECT_EQ(status, 200);
  EXPECT_EQ(digest, first.result("image_digest"));
  EXPECT_GT(std::stoll(first.result("image_bytes")), 500'000);
  EXPECT_EQ(first.result("cached"), "false");
  ASSERT_EQ(second.outcome.outcome, "succeeded") << second.log;
  EXPECT_EQ(second.result("cached"), "true") << second.log;
  EXPECT_EQ(second.result("image_digest"), first.result("image_digest"));
  EXPECT_THAT(second.log, HasSubstr("==> Built from the cache in"));
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(Build, the_gateway_keeps_its_hardware_address_while_jails_come_and_go) {
  auto& w = world();
  const std::string bridge = w.network().bridge();
  const auto address = [&] { return base::blocking_read_file("/sys/class/net/" + bridge + "/address"); };
  const auto ip = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "ip");
    run_program(words, w.folder());
  };
  const std::string before = address();

  ip({"link", "add", "name", "wvlowest", "address", "02:00:00:00:00:01", "master", bridge, "type", "veth"});
  const std::string beside = address();
  ip({"link", "del", "dev", "wvlowest"});

  EXPECT_EQ(beside, before);
  EXPECT_EQ(address(), before);
}

TEST(Build, builds_exactly_the_commit_that_was_asked_for) {
  auto& w = world();
  const auto url = w.repository(
      "exact", {{"Containerfile", kFrom + "COPY version /v\nRUN echo version is $(cat /v)\n"}, {"version", "one"}});
  const std::string first = w.head_of("exact");
  w.repository("exact", {{"version", "two"}});
  Order order = w.order(url);
  order.commit = first;

  const Built built = w.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_EQ(built.result("commit"), first);
  EXPECT_THAT(built.log, HasSubstr("version is one"));
}

TEST(Build, fetches_a_whole_branch_from_a_server_without_shallow_fetches) {
  auto& w = world();
  w.repository("dumb", {{"Dockerfile", kFrom + "RUN echo from-the-old-commit\n"}});
  const std::string first = w.head_of("dumb");
  w.repository("dumb", {{"Dockerfile", kFrom + "RUN echo newer\n"}});
  Order order = w.order(w.dumb_url("dumb"));
  order.commit = first;

  const Built built = w.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("from-the-old-commit"));
  EXPECT_THAT(built.log, HasSubstr("The server cannot send this commit alone"));
  EXPECT_THAT(built.log, Not(HasSubstr("fatal:")));
}

TEST(Build, says_that_a_commit_is_not_there) {
  auto& w = world();
  Order order = w.order(w.repository("nocommit", {{"Containerfile", kFrom}}));
  order.commit = std::string(40, 'a');

  const Built built = w.build(order);

  EXPECT_EQ(built.code(), "source.commit_not_found") << built.log;
}

TEST(Build, names_the_branches_nearest_to_a_missing_one) {
  auto& w = world();
  w.repository("branches", {{"Containerfile", kFrom}});
  const auto url = w.repository("branches", {}, "release");
  Order order = w.order(url);
  order.branch = "mian";

  const Built built = w.build(order);

  EXPECT_EQ(built.outcome.outcome, "failed");
  EXPECT_EQ(built.code(), "source.branch_not_found") << built.log;
  EXPECT_THAT(built.outcome.error->message, HasSubstr("'mian'; it has: main, release"));
  EXPECT_EQ(built.outcome.error->step, "source");
}

TEST(Build, tells_a_missing_repository_from_one_that_needs_sign_in) {
  auto& w = world();
  w.repository("present", {{"Containerfile", kFrom}});
  const std::string url = w.repository("present", {});

  const Built missing = w.build(w.order(url.substr(0, url.rfind('/')) + "/absent.git"));
  const Built closed = w.build(w.order(w.signed_in_url("present")));
  const Built deaf = w.build(w.order("http://127.0.0.1:1/x.git"));

  EXPECT_EQ(missing.code(), "source.repository_not_found") << missing.log;
  EXPECT_EQ(closed.code(), "source.needs_sign_in") << closed.log;
  EXPECT_EQ(deaf.code(), "source.host_unreachable") << deaf.log;
}

TEST(Build, refuses_private_hosts_unless_permitted) {
  auto& w = world();
  for (const char* url : {"http://127.0.0.1:1/x", "http://[::1]/x", "http://169.254.169.254/x", "http://10.50.0.1/x",
                          "http://localhost/x", "http://[::ffff:10.50.0.1]/x"}) {
    Order order = w.order(url);
    order.allow_private = false;

    const Built built = w.build(order);

    EXPECT_EQ(built.code(), "source.host_refused") << url << "\n" << built.log;
  }
}

TEST(Build, says_where_it_looked_for_a_containerfile) {
  auto& w = world();
  const auto url = w.repository("none", {{"README", "x"}});
  Order named = w.order(url);
  named.containerfile = "docker/Containerfile";

  const Built built = w.build(w.order(url));
  const Built built_named = w.build(named);

  EXPECT_EQ(built.code(), "source.no_containerfile");
  EXPECT_THAT(built.outcome.error->message, HasSubstr("no Containerfile and no Dockerfile"));
  EXPECT_THAT(built_named.outcome.error->message, HasSubstr("no file docker/Containerfile"));
}

TEST(Build, refuses_a_containerfile_that_is_a_link) {
  auto& w = world();
  const auto url = w.repository("linked", {{"x", "y"}}, "main", {{"Containerfile", "/etc/passwd"}});

  const Built built = w.build(w.order(url));

  EXPECT_EQ(built.code(), "source.containerfile_unsafe");
  EXPECT_THAT(built.log, Not(HasSubstr("root:x:0")));
}

TEST(Build, explains_an_error_in_the_containerfile) {
  auto& w = world();
  const auto url = w.repository("syntax", {{"Containerfile", kFrom + "FROBNICATE x\n"}});

  const Built built = w.build(w.order(url));

  EXPECT_EQ(built.code(), "build.containerfile_invalid") << built.log;
  EXPECT_EQ(built.outcome.error->step, "build");
}

TEST(Build, reports_exit_code_and_last_lines_of_a_failing_step) {
  auto& w = world();
  const auto url =
      w.repository("failing", {{"Containerfile", kFrom + "RUN echo before; echo the reason >&2; exit 3\n"}});

  const Built built = w.build(w.order(url));

  EXPECT_EQ(built.code(), "build.step_failed") << built.log;
  EXPECT_EQ(built.outcome.error->exit_code, 3);
  EXPECT_THAT(built.result("last_lines"), HasSubstr("the reason"));
  EXPECT_THAT(built.log, HasSubstr("==> Failed: The step 'RUN echo before"));
}

TEST(Build, kills_what_takes_more_memory_than_it_may) {
  auto& w = world();
  Order order =
      w.order(w.repository("hog", {{"Containerfile", kFrom + "RUN dd if=/dev/zero of=/dev/null bs=600M count=1\n"}}));
  order.memory_bytes = std::uint64_t{200} << 20U;

  const Built built = w.build(order);

  EXPECT_EQ(built.code(), "build.out_of_memory") << built.log;
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(Build, contains_a_fork_bomb) {
  auto& w = world();
  Order order = w.order(
      w.repository("bomb", {{"Containerfile", kFrom + "RUN bomb() { bomb | bomb & }; bomb; sleep 1; bomb; exit 7\n"}}));
  order.pids = 64;
  order.timeout_s = 20;

  const Built built = w.build(order);

  EXPECT_EQ(built.outcome.outcome, "failed") << built.log;
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(Build, stops_at_its_time_limit_and_says_so) {
  auto& w = world();
  Order order = w.order(w.repository("slow", {{"Containerfile", kFrom + "RUN sleep 1000\n"}}));
  order.timeout_s = 4;

  const Built built = w.build(order);

  EXPECT_EQ(built.code(), "build.timeout") << built.log;
  EXPECT_THAT(built.outcome.error->message, HasSubstr("4 seconds"));
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(Build, leaves_nothing_when_cancelled_and_builds_again_afterwards) {
  auto& w = world();
  const auto url =
      w.repository("cancelled", {{"Containerfile", kFrom + "RUN echo begun; (sleep 1000 &); sleep 1000\n"}});
  Order order = w.order(url);

  const Built stopped =
      w.build_cancelled(order, [](const std::string& log) { return log.find("\nbegun") != std::string::npos; });

  EXPECT_EQ(stopped.outcome.outcome, "cancelled") << stopped.log;
  EXPECT_LT(stopped.took, testing_support::patient(std::chrono::seconds(5)));
  EXPECT_THAT(w.left_overs(), IsEmpty());

  w.repository("cancelled", {{"Containerfile", kFrom + "RUN echo done\n"}});
  const Built again = w.build(order);
  EXPECT_EQ(again.outcome.outcome, "succeeded") << again.log;
  EXPECT_THAT(again.log, HasSubstr("was interrupted"));
}

TEST(Build, keeps_the_host_out_of_reach_of_a_hostile_containerfile) {
  auto& w = world();
  const std::string canary = "canary-7f3a91";
  const auto file = w.folder() / "host-secret";
  std::ofstream(file) << canary;
  ::setenv("WH_CANARY", "environment-canary-55", 1);
  const auto url = w.repository(
      "hostile",
      {{"Containerfile", kFrom + "RUN ln -s / /cve\n" +  //
                             "FROM localhost/wisehosting/busybox:1\nCOPY --from=0 /cve /cve\n" +
                             "RUN --mount=type=bind,from=0,source=/cve,target=/mnt,rw cat /mnt" + file.string() +
                             " /mnt/etc/shadow; ls /mnt /mnt/var /mnt/proc; env; echo reached\n"}});

  const Built built = w.build(w.order(url));

  EXPECT_THAT(built.log, Not(HasSubstr("\n" + canary)));
  EXPECT_THAT(built.log, Not(HasSubstr("environment-canary")));
  EXPECT_THAT(built.log, Not(HasSubstr("root:*")));
  EXPECT_FALSE(w.store_contains(canary));
  EXPECT_FALSE(w.store_contains("environment-canary"));
}

TEST(Build, reaches_the_registry_and_nothing_else_of_the_host) {
  auto& w = world();
  const std::string gateway = w.network().gateway();
  const auto url = w.repository(
      "network", {{"Containerfile", kFrom + "RUN nc -w 2 " + gateway +
                                        " 7050 </dev/null && echo registry-open; nc -w 2 " + gateway +
                                        " 22 </dev/null || echo ssh-closed; nc -w 2 169.254.169.254 80 </dev/null || "
                                        "echo metadata-closed; cat /proc/net/if_inet6; echo end\n"}});

  const Built built = w.build(w.order(url));

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("\nregistry-open"));
  EXPECT_THAT(built.log, HasSubstr("\nssh-closed"));
  EXPECT_THAT(built.log, HasSubstr("\nmetadata-closed"));
}

TEST(Build, goes_on_without_output_beyond_its_limit) {
  auto& w = world();
  Order order = w.order(w.repository("loud", {{"Containerfile", kFrom + "RUN yes loud-line | head -n 100000\n"}}));
  order.output_bytes = 20'000;

  const Built built = w.build(order);

  EXPECT_EQ(built.outcome.outcome, "succeeded");
  EXPECT_LT(built.log.size(), 25'000U);
  EXPECT_THAT(built.log, HasSubstr("over its limit of 20000 bytes"));
  EXPECT_THAT(built.log, HasSubstr("==> Pushed sha256:"));
}

TEST(Build, refuses_a_spec_with_hostile_values) {
  auto& w = world();
  Order order = w.order("https://example.com/a.git");
  order.branch = "--upload-pack=touch canary";

  const Built built = w.build(order);

  EXPECT_EQ(built.outcome.outcome, "failed");
  EXPECT_EQ(built.code(), "source.branch");
}

TEST(Registry, asks_for_a_token_of_that_one_repository) {
  auto& w = world();
  const std::string target = std::string("/v2/") + ::registry::kBaseRepository + "/manifests/" + ::registry::kBaseTag;

  const auto without = w.registry_get(target, "");
  const auto foreign = w.registry_get(target, w.token("acme/hello", {"pull", "push"}));
  const auto good = w.registry_get(target, w.token(::registry::kBaseRepository, {"pull"}));

  EXPECT_EQ(without.first, 401);
  EXPECT_EQ(foreign.first, 401);
  EXPECT_EQ(good.first, 200);
  EXPECT_EQ(good.second, w.base_digest());
}

}  // namespace
}  // namespace builds::testing
