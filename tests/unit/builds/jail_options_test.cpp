#include "worker-agent/builds/jail/options.hpp"

#include "worker-agent/builds/jail/variables.hpp"

#include <gtest/gtest.h>

namespace jail {
namespace {

Options complete() {
  Options options;
  options.uid_base = 1'000'000'000;
  options.cgroup = "wisehosting/00/builds/1";
  options.limits = {.memory_bytes = 1, .pids = 2, .cpu_millis = 3, .disk_bytes = 4, .file_bytes = 5};
  options.store = "/store";
  options.seccomp = "/seccomp.json";
  options.job = "/job";
  options.report = "/report";
  options.network = {.mode = NetworkMode::build,
                     .bridge = "whb0",
                     .veth = "wv0.2",
                     .address = "10.91.0.2",
                     .prefix = 24,
                     .gateway = "10.91.0.1",
                     .resolvers = {"9.9.9.9", "1.1.1.1"}};
  options.privileged = true;
  options.secret_from_stdin = true;
  options.env = {{"A", "b=c"}, {"D", ""}};
  options.command = {"/usr/bin/env", "--privileged", "--", "x"};
  return options;
}

TEST(JailOptions, read_back_what_was_written) {
  EXPECT_EQ(parse_arguments(to_arguments(complete())).value(), complete());
}

TEST(JailOptions, variables_and_a_secret_do_not_share_standard_input) {
  auto options = complete();
  options.variables_from_stdin = true;
  EXPECT_FALSE(parse_arguments(to_arguments(options)));
  options.secret_from_stdin = false;
  EXPECT_EQ(parse_arguments(to_arguments(options)).value(), options);
}

TEST(JailVariables, read_back_byte_for_byte_and_refuse_what_is_damaged) {
  const std::vector<Variable> all{{"A", "b=c\n$x \"q\"", true}, {"B_2", "", false}};
  EXPECT_EQ(decode_variables(encode_variables(all)).value(), all);
  using namespace std::string_view_literals;
  for (const auto text : {"aA=b"sv, "A\0"sv, "a=b\0"sv, "a../x=b\0"sv, "xA=b\0"sv, "aA B=c\0"sv, "\0"sv}) {
    EXPECT_FALSE(decode_variables(text)) << text;
  }
}

TEST(JailOptions, refuse_what_would_weaken_the_jail) {
  const std::vector<std::vector<std::string>> cases = {
      {},
      {"--job", "/job", "--", "/bin/x"},
      {"--uid-base", "0", "--job", "/job", "--", "/bin/x"},
      {"--uid-base", "4294967295", "--job", "/job", "--", "/bin/x"},
      {"--uid-base", "x", "--job", "/job", "--", "/bin/x"},
      {"--uid-base", "1000000", "--", "/bin/x"},
      {"--uid-base", "1000000", "--job", "relative", "--", "/bin/x"},
      {"--uid-base", "1000000", "--job", "/job", "--", "x"},
      {"--uid-base", "1000000", "--job", "/job"},
      {"--uid-base", "1000000", "--job", "/job", "--cgroup", "../x", "--", "/bin/x"},
      {"--uid-base", "1000000", "--job", "/job", "--network", "bridge", "--", "/bin/x"},
      {"--uid-base", "1000000", "--job", "/job", "--network", "build", "--", "/bin/x"},
      {"--uid-base", "1000000", "--job", "/job", "--unknown", "1", "--", "/bin/x"},
      {"--uid-base", "1000000", "--job"},
  };
  for (const auto& arguments : cases) EXPECT_FALSE(parse_arguments(arguments).has_value()) << arguments.size();
}

TEST(JailReport, reads_back_what_was_written) {
  const Report report{
      .end = Report::End::disk_full, .exit_code = 137, .signal = 9, .oom_kills = 2, .pids_refused = 3, .error = "a b"};

  EXPECT_EQ(decode_report(encode_report(report)).value(), report);
  EXPECT_FALSE(decode_report("end=exited\n").has_value());
  EXPECT_FALSE(decode_report("nonsense").has_value());
}

}  // namespace
}  // namespace jail
