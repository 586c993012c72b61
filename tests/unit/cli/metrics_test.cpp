#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kOrg = "/api/v1/orgs/acme";
const std::string kReplicas =
    R"({"replicas":[{"replica_id":"r","index":0,"worker":"local","live":true,"points":[)"
    R"({"at":"2020-01-01T00:00:00.000Z","cpu_permille":1500,"memory_bytes":90000000,"received_per_s":0,"sent_per_s":0},)"
    R"({"at":"2020-01-01T00:00:05.000Z","cpu_permille":125,"memory_bytes":77000000,"received_per_s":1500,"sent_per_s":2}]},)"
    R"({"replica_id":"s","index":1,"worker":"other","live":false,"points":[]}]})";

class MetricsTest : public ::testing::Test {
 protected:
  MetricsTest() {
    person_.sign_in(api_);
    api_.tell("GET " + kOrg + "/apps/hello/metrics", {200, kReplicas, "", false});
    api_.tell("GET " + kOrg + "/apps/hello",
              {200, R"({"id":"a","name":"hello","state":"live","limits":{"memory_bytes":512000000}})", "", false});
    api_.tell(
        "GET " + kOrg + "/apps/hello/traffic",
        {200,
         R"({"edges":1,"requests":1204,"in_flight":3,"limited":7,"errors":{"app":1,"connect":0,"response":0,"unserved":1},)"
         R"("p50_ms":2.14,"p99_ms":18})",
         "", false});
  }
  FakeApi api_;
  Person person_;
};

TEST_F(MetricsTest, each_replica_says_what_it_uses_its_peaks_and_what_it_may_use) {
  EXPECT_EQ(person_.wh({"metrics", "hello"}), 0) << person_.complaints();

  EXPECT_THAT(person_.seen(), HasSubstr("0        local   12.5 %  150.0 %  77.0 MB of 512 MB  90.0 MB"));
  EXPECT_THAT(person_.seen(), HasSubstr("1.5 kB/s  2 B/s  now\n"));
  EXPECT_THAT(person_.seen(), HasSubstr("no word yet"));
  EXPECT_THAT(person_.seen(), HasSubstr("1204 requests, 2 failed, 3 under way, 7 more refused by its limit (429)"));
  EXPECT_THAT(person_.seen(), HasSubstr("half took up to 2.1 ms, 99 of 100 up to 18 ms"));
}

TEST_F(MetricsTest, quiet_leaves_the_words_away_and_json_is_what_the_api_said) {
  EXPECT_EQ(person_.wh({"metrics", "hello", "--quiet"}), 0);
  EXPECT_THAT(person_.seen(), Not(HasSubstr("requests")));

  EXPECT_EQ(person_.wh({"metrics", "hello", "--json"}), 0);
  EXPECT_EQ(person_.seen(), kReplicas + "\n");
}

TEST_F(MetricsTest, since_is_asked_of_the_server) {
  api_.tell("GET " + kOrg + "/apps/hello/metrics?since=5m", {200, kReplicas, "", false});

  EXPECT_EQ(person_.wh({"metrics", "hello", "--since", "5m"}), 0) << person_.complaints();

  EXPECT_THAT(person_.seen(), HasSubstr("those of the last 5m."));
}

TEST_F(MetricsTest, without_an_app_the_workers_are_shown) {
  api_.tell("GET " + kOrg + "/workers/metrics",
            {200,
             R"({"items":[{"worker_id":"w","worker":"local","live":true,"cpus":2,"memory_total_bytes":8000000000,)"
             R"("disk_total_bytes":100000000000,"points":[{"at":"2020-01-01T00:00:00.000Z","cpu_permille":333,)"
             R"("memory_used_bytes":6000000000,"disk_used_bytes":50000000000,"load_1":1.05}]}],"next_cursor":null})",
             "", false});

  EXPECT_EQ(person_.wh({"metrics"}), 0) << person_.complaints();
  EXPECT_THAT(person_.seen(), HasSubstr("local   33.3 %  2     1.05  6.0 GB of 8.0 GB  50.0 GB of 100 GB  now"));

  EXPECT_EQ(person_.wh({"metrics", "--since", "5m"}), 2) << "of which app?";
}

TEST_F(MetricsTest, an_app_that_there_is_not_is_4) {
  api_.tell("GET " + kOrg + "/apps/nothing/metrics",
            {404, R"({"status":404,"code":"app.not_found","detail":"There is no app of this name."})", "", false});

  EXPECT_EQ(person_.wh({"metrics", "nothing"}), 4);
}

}  // namespace
}  // namespace cli_test
