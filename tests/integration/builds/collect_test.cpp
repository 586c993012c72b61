// REG-05: what the worker that keeps the registry does with images that nobody needs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/async/timer.hpp"
#include "tests/integration/builds/build_world.hpp"
#include "worker-agent/registry/collector.hpp"

namespace builds::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kBetween{2500};
const std::string kFrom = "FROM localhost/wisehosting/busybox:1\n";

struct Image {
  std::string tag;
  std::string digest;
};

class NoSink final : public agent::JobSink {
 public:
  void progress(const std::string& /*phase*/, std::optional<int> /*percent*/) override {}
  void log(std::shared_ptr<agent::StreamSource> /*source*/) override {}
};

class Collect : public ::testing::Test {
 protected:
  /// An image with a layer of its own of about a megabyte.
  Image build(const std::string& name, const std::string& content) {
    w_.repository(name, {{"Containerfile", kFrom + "COPY blob /blob\nRUN echo " + content + " > /note\n"},
                         {"blob", content + std::string(1'000'000, content.front())}});
    order_ = w_.order(w_.repository(name, {}));
    order_.repository = "acme/" + name;
    const Built built = w_.build(order_);
    EXPECT_EQ(built.outcome.outcome, "succeeded") << built.log;
    return {.tag = built.tag, .digest = built.result("image_digest")};
  }
  std::string spec(const std::string& repository, const std::vector<std::string>& tags,
                   const std::vector<std::string>& keep) {
    return nlohmann::json{
        {"repository", repository}, {"token", w_.token(repository, {"pull", "delete"})}, {"tags", tags}, {"keep", keep}}
        .dump();
  }
  agent::JobOutcome collect(std::string spec_json) {
    agent::JobOutcome outcome;
    const auto work = [](Collect& self, std::string text, agent::JobOutcome& out) -> async::Task<void> {
      agent::Job job;
      job.kind = "collect";
      job.spec_json = std::move(text);
      NoSink sink;
      out = co_await self.collector_.run(std::move(job), sink);
    };
    w_.run(work(*this, std::move(spec_json), outcome));
    return outcome;
  }
  int status(const std::string& repository, const std::string& reference) {
    return w_.registry_get("/v2/" + repository + "/manifests/" + reference, w_.token(repository, {"pull"})).first;
  }
  std::uint64_t disk() const { return Stores::blocking_size(w_.folder() / "registry" / "images"); }

  BuildWorld& w_ = world();
  Order order_;
  base::SystemClock clock_;
  ::registry::Collector collector_{[this] { return &w_.registry(); }, clock_};
};

TEST_F(Collect, removes_the_images_it_is_told_to_with_their_blobs_and_no_other) {
  const Image old = build("shrinks", "first");
  const Image current = build("shrinks", "second");
  const Image stranger = build("bystander", "third");
  const auto before = disk();

  const auto outcome = collect(spec("acme/shrinks", {old.tag, "d-never-was"}, {current.digest}));

  ASSERT_EQ(outcome.outcome, "succeeded") << outcome.error->message;
  EXPECT_THAT(outcome.result_json, HasSubstr("\"removed\":1"));
  EXPECT_EQ(status("acme/shrinks", old.digest), 404);
  EXPECT_EQ(status("acme/shrinks", old.tag), 404);
  EXPECT_EQ(status("acme/shrinks", current.digest), 200);
  EXPECT_EQ(status("acme/bystander", stranger.digest), 200);
  EXPECT_LT(disk(), before);
}

TEST_F(Collect, an_image_that_is_kept_under_another_tag_stays) {
  const Image image = build("same", "bytes");
  const Built again = w_.build(order_);
  ASSERT_EQ(again.result("image_digest"), image.digest);

  const auto outcome = collect(spec("acme/same", {image.tag}, {image.digest}));

  EXPECT_THAT(outcome.result_json, HasSubstr("\"removed\":0,\"kept\":1"));
  EXPECT_EQ(status("acme/same", again.tag), 200);
}

TEST_F(Collect, pushes_that_run_meanwhile_succeed_and_their_images_are_whole) {
  const Image old = build("busy", "old-one");
  std::vector<Order> orders;
  for (int i = 0; i < 3; ++i) {
    const auto name = "pushes-" + std::to_string(i);
    orders.push_back(w_.order(w_.repository(
        name, {{"Containerfile", kFrom + "COPY blob /blob\n"}, {"blob", name + std::string(3'000'000, 'x')}})));
    orders.back().repository = "acme/" + name;
  }
  int rounds = 0;
  bool over = false;
  const auto cleaning = [](::registry::RegistryServer& server, int& count, const bool& end) -> async::Task<void> {
    while (!end) {
      const auto done = co_await server.collect_garbage();
      EXPECT_TRUE(done.has_value()) << done.error().message;
      ++count;
      co_await async::sleep(kBetween);  // far more often than once an hour
    }
  };
  w_.beside(cleaning(w_.registry(), rounds, over));

  const auto built = w_.build_together(orders);
  over = true;
  w_.settle();

  EXPECT_GE(rounds, 1);
  for (std::size_t i = 0; i < built.size(); ++i) {
    ASSERT_EQ(built[i].outcome.outcome, "succeeded") << built[i].log;
    EXPECT_EQ(status(orders[i].repository, built[i].result("image_digest")), 200);
    w_.pull(orders[i].repository, built[i].result("image_digest"));
  }
  EXPECT_EQ(status("acme/busy", old.digest), 200);
}

TEST_F(Collect, refuses_names_that_are_no_names) {
  for (const char* bad : {"../../etc", "a/../b", "A B", ""}) {
    EXPECT_EQ(collect(spec(bad, {}, {})).outcome, "failed") << bad;
  }
  EXPECT_EQ(collect(spec("acme/x", {"d-1/../../x"}, {})).outcome, "failed");
}

}  // namespace
}  // namespace builds::testing
