// SECURITY.md section D: what a hostile Containerfile can try.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "common/base/files.hpp"
#include "tests/integration/builds/build_world.hpp"
#include "tests/support/forbidden_places.hpp"

namespace builds::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kFrom = "FROM localhost/wisehosting/busybox:1\n";
constexpr const char* kFileCanary = "canary-of-a-host-file-d1";
constexpr const char* kEnvironmentCanary = "canary-of-the-agents-environment-d1";

/// A host with something to steal: a file, an environment, forbidden places.
class HostileContainerfile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(file()) << kFileCanary;
    ::setenv("WH_CANARY", kEnvironmentCanary, 1);
  }
  std::filesystem::path file() const { return w_.folder() / "host-secret"; }
  std::string url(const std::string& name, const std::string& containerfile) {
    return w_.repository(name, {{"Containerfile", containerfile}});
  }
  /// Nothing of the host came into the log or the app's layers, nothing stays behind.
  void expect_nothing_stolen(const Built& built) {
    EXPECT_THAT(built.log, Not(HasSubstr(std::string("\n") + kFileCanary))) << built.log;
    EXPECT_THAT(built.log, Not(HasSubstr(kEnvironmentCanary)));
    EXPECT_THAT(built.log, Not(HasSubstr("root:*")));
    EXPECT_FALSE(w_.store_contains(kFileCanary));
    EXPECT_FALSE(w_.store_contains(kEnvironmentCanary));
    EXPECT_THAT(w_.left_overs(), IsEmpty());
  }

  BuildWorld& w_ = world();
};

TEST_F(HostileContainerfile, CTR_01_mounts_that_climb_show_the_jail_and_never_the_host) {
  const std::string steal = " cat /mnt" + file().string() + " /mnt/etc/shadow /mnt/proc/1/environ; ls /mnt; true\n";
  const std::vector<std::pair<std::string, std::string>> tries = {
      {"cve-2024-1753",
       kFrom + "RUN ln -s / /cve\n" + kFrom + "RUN --mount=type=bind,from=0,source=/cve,target=/mnt,rw" + steal},
      {"cve-2024-9675",
       kFrom + "RUN --mount=type=cache,id=../../../../../../../..,source=../../../../../../,target=/mnt" + steal},
      {"bind-host", kFrom + "RUN --mount=type=bind,source=../../../../../../../../,target=/mnt,rw" + steal},
      {"cve-2024-9407", kFrom + "RUN --mount=type=bind,source=/,target=/mnt,bind-propagation=rshared" + steal},
      {"volume", kFrom + "VOLUME /:/mnt\nRUN" + steal},
      {"proc-root",
       kFrom + "RUN for p in /proc/[0-9]*; do cat $p/root" + file().string() + " $p/environ; done; true\n"},
  };
  for (const auto& [name, containerfile] : tries) {
    SCOPED_TRACE(name);
    expect_nothing_stolen(w_.build(w_.order(url(name, containerfile))));
  }
}

TEST_F(HostileContainerfile, CTR_03_builds_at_the_same_time_neither_see_nor_reach_each_other) {
  std::vector<Order> orders;
  const auto gateway = w_.network().gateway();
  const auto network = gateway.substr(0, gateway.rfind('.') + 1);
  for (int i = 0; i < 4; ++i) {
    const std::string mark = "mark-of-" + std::to_string(i);
    std::string look = "RUN --mount=type=cache,id=shared,target=/c --mount=type=bind,target=/ctx,rw echo " + mark +
                       " > /c/mark; echo " + mark + " > /ctx/mark; (echo " + mark +
                       " | nc -l -p 9999 &) ; sleep 2; cat /c/* /ctx/mark /tmp/* /var/tmp/* 2>/dev/null; ";
    for (int host = 2; host < 8; ++host)  // itself among them
      look += "nc -w 1 " + network + std::to_string(host) + " 9999 </dev/null; ";
    orders.push_back(w_.order(url("together-" + std::to_string(i), kFrom + look + "ps | grep -c mark-of; true\n")));
  }

  const auto built = w_.build_together(orders);

  for (std::size_t i = 0; i < built.size(); ++i) {
    EXPECT_EQ(built[i].outcome.outcome, "succeeded") << built[i].log;
    for (std::size_t other = 0; other < built.size(); ++other) {
      const auto mark = "\nmark-of-" + std::to_string(other) + "\n";
      if (other != i) EXPECT_THAT(built[i].log, Not(HasSubstr(mark)));
    }
    EXPECT_THAT(built[i].log, HasSubstr("\nmark-of-" + std::to_string(i) + "\n")) << "it does see its own";
  }
  EXPECT_THAT(w_.left_overs(), IsEmpty());
}

TEST_F(HostileContainerfile, BLD_05_CTR_13_a_build_sees_no_file_of_an_earlier_one_and_no_cache_of_another_app) {
  const std::string write = kFrom +
                            "RUN --mount=type=cache,id=k,target=/c --mount=type=bind,target=/ctx,rw for d in /c /ctx "
                            "/tmp /var/tmp /dev/shm /run; do mkdir -p $d; echo left > $d/left-behind; done\n";
  const std::string look = kFrom +
                           "RUN --mount=type=cache,id=k,target=/c --mount=type=bind,target=/ctx,rw find / -xdev -name "
                           "left-behind; find /c /ctx /dev/shm /run /tmp -name left-behind; echo looked\n";
  const auto repository = url("leaves", write);
  Order order = w_.order(repository);

  const Built first = w_.build(order);
  w_.repository("leaves", {{"Containerfile", look}});
  const Built second = w_.build(order);
  const Built stranger = w_.build(w_.order(repository));

  ASSERT_EQ(first.outcome.outcome, "succeeded") << first.log;
  for (const Built* later : {&second, &stranger}) {
    EXPECT_THAT(later->log, HasSubstr("\nlooked"));
    EXPECT_THAT(later->log, Not(HasSubstr("/left-behind\n"))) << later->log;
  }
}

TEST_F(HostileContainerfile, BLD_12_the_cache_of_an_app_serves_that_app_alone) {
  const auto repository = url("cached", kFrom + "RUN echo step > /step\n");
  const Order ours = w_.order(repository);
  const Order theirs = w_.order(repository);

  const Built first = w_.build(ours);
  const Built again = w_.build(ours);
  const Built stranger = w_.build(theirs);

  EXPECT_EQ(first.result("cached"), "false");
  EXPECT_EQ(again.result("cached"), "true") << again.log;
  EXPECT_EQ(stranger.result("cached"), "false") << stranger.log;
}

TEST_F(HostileContainerfile, CTR_05_options_that_ask_for_privileges_give_none) {
  for (const std::string option :
       {"--security=insecure", "--network=host", "--mount=type=secret,id=x,required=false", "--device=/dev/kvm"}) {
    const Built built = w_.build(w_.order(
        url("asks" + std::to_string(std::hash<std::string>{}(option) % 1000),
            kFrom + "RUN " + option + " ls /dev; ls /run/secrets; ip addr; cat /proc/self/uid_map; echo ran\n")));

    SCOPED_TRACE(option);
    expect_nothing_stolen(built);
    EXPECT_THAT(built.log, Not(HasSubstr("kvm\n")));
    EXPECT_THAT(built.log, Not(HasSubstr("whb"))) << "no interface of the host";
    EXPECT_THAT(built.log, Not(HasSubstr(" 0          0 4294967295")));
  }
}

TEST_F(HostileContainerfile, BLD_11_root_in_a_build_is_a_nobody_of_its_own_on_the_host) {
  const auto watched = [](const std::string& log) { return log.find("\nrunning-as 0") != std::string::npos; };
  std::vector<std::uint32_t> owners;
  const auto own = [&] {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      struct stat info{};
      const auto line = entry.path() / "cmdline";
      std::ifstream in(line);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      if (text.find("4321.5") != std::string::npos && ::stat(entry.path().c_str(), &info) == 0)
        owners.push_back(info.st_uid);
    }
    return !owners.empty();
  };

  const Built stopped =
      w_.build_cancelled(w_.order(url("whoami", kFrom + "RUN echo running-as $(id -u); sleep 4321.5\n")),
                         [&](const std::string& log) { return watched(log) && own(); });

  EXPECT_EQ(stopped.outcome.outcome, "cancelled");
  ASSERT_FALSE(owners.empty());
  for (const auto uid : owners) EXPECT_GE(uid, 1'000'000'000U);
}

TEST_F(HostileContainerfile, CTR_15_calls_that_a_build_never_needs_are_refused) {
  const auto repository =
      w_.repository("syscalls", {{"Containerfile", kFrom + "COPY probe /probe\nRUN chmod 755 /probe; /probe\n"},
                                 {"probe", base::blocking_read_file(WH_SYSCALL_PROBE)}});

  const Built built = w_.build(w_.order(repository));

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  for (const char* call :
       {"io_uring_setup", "bpf",         "keyctl",     "add_key",       "perf_event_open", "userfaultfd",
        "init_module",    "kexec_load",  "raw_socket", "packet_socket", "mknod_memory",    "open_core_pattern",
        "open_sysrq",     "mount_tmpfs", "mount_proc", "setns",         "open_tree",       "unshare_mount",
        "unshare_user",   "unshare_net"}) {
    EXPECT_THAT(built.log, HasSubstr(std::string("\n") + call + ": refused")) << built.log;
  }
}

TEST_F(HostileContainerfile, CTR_05_who_leaves_a_steps_root_finds_no_secret_and_nothing_to_change) {
  const std::string look =
      "RUN --mount=type=secret,id=TOKEN test -s /run/secrets/TOKEN && echo has-its-own\nRUN chmod 755 /probe; /probe "
      "escape; for p in /proc/[0-9]*; do cat $p/root/run/wh-variables/* > /dev/null && echo read-by-proc; done; true\n";
  Order order =
      w_.order(w_.repository("escape", {{"Containerfile", kFrom + "COPY probe /probe\n" + look + "RUN echo after\n"},
                                        {"probe", base::blocking_read_file(WH_SYSCALL_PROBE)}}));
  order.variables = {{"TOKEN", "canary-of-a-token-d5"}, {"OTHER", "canary-of-another-d5"}};

  const Built built = w_.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("\nhas-its-own"));
  EXPECT_THAT(built.log, HasSubstr("\nafter"));
  for (const char* attempt : {"read_variable", "read_left_secret", "write_preload", "write_etc", "write_root",
                              "replace_run", "escaped_unshare"})
    EXPECT_THAT(built.log, HasSubstr(std::string("\n") + attempt + ": refused")) << built.log;
  EXPECT_THAT(built.log, Not(HasSubstr("\nread-by-proc")));
}

TEST_F(HostileContainerfile, CTR_05_what_a_step_leaves_running_ends_before_the_next_has_its_secrets) {
  const std::string thief =
      "(setsid sh -c 'echo begun >/dev/shm/stolen; while true; do cat /proc/[0-9]*/root/run/secrets/TOKEN >> "
      "/dev/shm/stolen; done' 2>/dev/null >/dev/null </dev/null &); until test -s /dev/shm/stolen; do true; done";
  Order order = w_.order(url("thief", kFrom + "RUN " + thief +
                                          "\nRUN --mount=type=secret,id=TOKEN test -s /run/secrets/TOKEN && sleep 0.5 "
                                          "&& echo has-its-own\nRUN echo bytes-$(wc -c < /dev/shm/stolen)\n"));
  order.variables = {{"TOKEN", "canary-of-a-token-d5"}};

  const Built built = w_.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("\nhas-its-own"));
  EXPECT_THAT(built.log, HasSubstr("\nbytes-6\n")) << "what the thief said first, and no more";
}

TEST_F(HostileContainerfile, CTR_05_a_step_has_the_capabilities_that_packages_need_and_no_others) {
  const Built built = w_.build(w_.order(url(
      "capabilities", kFrom + "RUN grep -E 'CapEff|CapBnd' /proc/self/status; touch /f; chown 5:6 /f; chmod 4755 /f; "
                              "mkdir /r; cp /bin/busybox /r/sh; chroot /r /sh -c 'echo in-another-root'\n")));

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  // chown, dac_override, fowner, fsetid, kill, setgid, setuid, net_bind_service, sys_chroot, setfcap
  EXPECT_THAT(built.log, HasSubstr("CapEff:\t00000000800404fb"));
  EXPECT_THAT(built.log, HasSubstr("CapBnd:\t00000000800404fb"));
  EXPECT_THAT(built.log, HasSubstr("\nin-another-root")) << "apk runs the scripts of packages so";
}

TEST_F(HostileContainerfile, CTR_11_trees_deeper_than_descriptors_are_removed_and_the_next_build_runs) {
  const std::string deep =
      "(cd $d && i=0; while [ $i -lt 2000 ]; do mkdir d && cd d || break; i=$((i+1)); done; echo deep-$i)";
  Order order =
      w_.order(url("deep-trees", kFrom +
                                     "RUN --mount=type=bind,target=/ctx,rw --mount=type=cache,target=/c for d in "
                                     "/ctx /c; do " +
                                     deep + "; done\n"));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{.rlim_cur = 256, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);

  const Built first = w_.build(order);
  w_.repository("deep-trees", {{"Containerfile", kFrom + "RUN echo next\n"}});
  const Built next = w_.build(order);

  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(first.log, HasSubstr("\ndeep-2000\ndeep-2000")) << first.log;
  EXPECT_EQ(first.outcome.outcome, "succeeded") << first.log;
  EXPECT_EQ(next.outcome.outcome, "succeeded") << next.log;
  EXPECT_THAT(w_.left_overs(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(w_.folder() / "builds/stores" / order.app.to_string() / "containers/tmp"));
}

TEST_F(HostileContainerfile, CTR_11_an_agent_starts_over_whatever_a_build_left) {
  const auto state = w_.folder() / "another-runner";
  std::filesystem::create_directories(state / "work/left/mount");
  BuildNetwork network(
      {.installation = "00000001", .state_file = state / "subnet", .registry_port = 1, .resolvers = {}});
  async::BlockingPool pool(1, "test");
  const base::SystemClock clock;
  const BuilderOptions options{
      .jail_program = WH_JAIL_PROGRAM, .state_folder = state, .installation = "00000001", .host_resolvers = {}};
  bool mounted = false;

  std::thread([&] {  // its mount is nobody else's, and cannot be removed
    mounted = ::unshare(CLONE_FS | CLONE_NEWNS) == 0 &&
              ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
              ::mount("tmpfs", (state / "work/left/mount").c_str(), "tmpfs", 0, nullptr) == 0;
    EXPECT_NO_THROW(BuildRunner(options, network, pool, clock));
  })
      .join();

  EXPECT_TRUE(mounted);
  EXPECT_TRUE(std::filesystem::exists(state / "work/left/mount"));
}

TEST_F(HostileContainerfile, CTR_09_the_host_mesh_metadata_and_private_networks_are_out_of_reach) {
  const support::ForbiddenPlaces places;
  std::string tries = kFrom + "RUN true; ";
  for (const auto& [name, address] : places.places({w_.network().gateway(), "127.0.0.1"})) {
    ASSERT_TRUE(places.reachable(address)) << name << ": the trap itself works";
    tries += "nc -w 1 " + address + " " + std::to_string(places.port()) + " </dev/null && echo reached-" + name + "; ";
  }
  tries +=
      "ip -6 address show | grep inet6 && echo reached-an-ipv6-address; ip -6 route show | grep . && echo "
      "reached-an-ipv6-route; for six in ::1 fe80::1%eth0 2001:db8::1; do nc -w 1 $six " +
      std::to_string(places.port()) + " </dev/null && echo reached-$six; done; ";
  static_cast<void>(places.visitors());

  const Built built = w_.build(w_.order(url(
      "places", tries + "nc -w 2 " + w_.network().gateway() + " 7050 </dev/null && echo registry-reached; true\n")));

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, Not(HasSubstr("\nreached-"))) << built.log;
  EXPECT_THAT(built.log, HasSubstr("\nregistry-reached"));
  EXPECT_EQ(places.visitors(), 0);
}

TEST_F(HostileContainerfile, CTR_09_what_a_build_writes_into_mounts_goes_with_it) {
  Order order =
      w_.order(url("fills", kFrom + "RUN --mount=type=cache,target=/c --mount=type=bind,target=/ctx,rw dd if=/dev/zero "
                                    "of=/c/big bs=1M count=100; dd if=/dev/zero of=/ctx/big bs=1M count=100; dd "
                                    "if=/dev/zero of=/dev/shm/big bs=1M count=500; echo wrote\n"));

  const Built built = w_.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("\nwrote"));
  EXPECT_LT(w_.store_bytes(order.app), std::uint64_t{20} << 20U);
}

TEST_F(HostileContainerfile, CTR_04_an_image_that_asks_for_every_variable_gets_none_of_ours) {
  w_.push_image("evil/env", R"(["X","*","WH_*","PATH=/bin"])");
  Order order = w_.order(url("wants-env", "FROM localhost/evil/env:1\nRUN env; echo done\n"));
  order.bases = {{"localhost/evil/env:1", "evil/env"}};

  const Built built = w_.build(order);

  EXPECT_THAT(built.log, HasSubstr("\ndone")) << built.log;
  expect_nothing_stolen(built);
}

}  // namespace
}  // namespace builds::testing
