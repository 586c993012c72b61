// SECURITY.md section C: what a hostile repository, or a hostile git server, can try.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "common/base/files.hpp"
#include "tests/integration/builds/build_world.hpp"
#include "tests/support/forbidden_places.hpp"
#include "tests/support/patience.hpp"
#include "worker-agent/builds/addresses.hpp"
#include "worker-agent/builds/source.hpp"
#include "worker-agent/builds/source_tree.hpp"

namespace builds::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kFrom = "FROM localhost/wisehosting/busybox:1\n";
constexpr const char* kCanary = "canary-in-a-host-file-c4";

/// A listener that no step of a build may ever reach, as the base of a URL.
struct Trap {
  support::ForbiddenPlaces places;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(places.port()); }
};

std::string hostile_server_url(const Server& server, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

TEST(HostileSource, SRC_01_links_in_place_of_a_containerfile_or_a_folder_on_its_way_are_refused) {
  auto& w = world();
  const auto secret = w.folder() / "host-secret";
  std::ofstream(secret) << kCanary;
  struct Case {
    std::string link, target, named;
  };
  const std::vector<Case> cases = {{"Containerfile", "/proc/self/environ", "Containerfile"},
                                   {"Containerfile", secret.string(), "Containerfile"},
                                   {"docker", w.folder().string(), "docker/host-secret"},
                                   {"up", "../../../../../..", "up/etc/passwd"}};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto url =
        w.repository("src01-" + std::to_string(i), {{"x", "y"}}, "main", {{cases[i].link, cases[i].target}});
    Order order = w.order(url);
    order.containerfile = cases[i].named;

    const Built built = w.build(order);

    EXPECT_EQ(built.code(), "source.containerfile_unsafe") << cases[i].link << " " << built.log;
    EXPECT_THAT(built.log, Not(HasSubstr(kCanary)));
  }
}

TEST(HostileSource, SRC_03_hooks_submodules_and_git_folders_in_a_commit_run_and_fetch_nothing) {
  auto& w = world();
  const Trap trap;
  for (const char* name : {"dotgit", "climbing", "twice", "submodule"}) {
    bool climbed = false;
    const auto look = [&](const std::string& /*log*/) {
      for (const auto& job : std::filesystem::directory_iterator(w.folder() / "builds/work"))
        climbed = climbed || std::filesystem::exists(job.path() / "job/out/canary");
      return false;
    };

    const Built built = w.build_cancelled(w.order(w.hostile_url(name, trap.url())), look);

    EXPECT_FALSE(climbed) << name << ": what is written beside the source";
    EXPECT_THAT(built.log, Not(HasSubstr("hook-canary"))) << name;
    EXPECT_THAT(built.log, Not(HasSubstr("/ctx/canary"))) << name;
    if (built.outcome.outcome != "succeeded") EXPECT_THAT(built.code(), StartsWith("source.")) << name << built.log;
    EXPECT_EQ(trap.places.visitors(), 0) << name;
    EXPECT_THAT(w.left_overs(), IsEmpty()) << name;
  }
}

TEST(HostileSource, SRC_05_a_redirect_is_not_followed_and_a_password_is_not_asked_for) {
  auto& w = world();
  const Trap trap;
  const Server server({"python3", WH_HOSTILE_SERVER, trap.url()});

  const Built redirected = w.build(w.order(hostile_server_url(server, "/redirect/x.git")));
  const Built asked = w.build(w.order(hostile_server_url(server, "/ask/x.git")));

  EXPECT_EQ(redirected.code(), "source.redirected") << redirected.log;
  EXPECT_EQ(asked.code(), "source.needs_sign_in") << asked.log;
  EXPECT_EQ(trap.places.visitors(), 0);
}

TEST(HostileSource, SRC_07_a_server_that_floods_is_stopped_by_the_memory_limit) {
  auto& w = world();
  const Server server({"python3", WH_HOSTILE_SERVER, "http://127.0.0.1:1"});
  Order order = w.order(hostile_server_url(server, "/flood/x.git"));
  order.memory_bytes = std::uint64_t{128} << 20U;

  const Built built = w.build(order);

  EXPECT_EQ(built.outcome.outcome, "failed");
  EXPECT_THAT(built.code(), AnyOf("source.out_of_memory", "source.no_space")) << built.log;
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(HostileSource, SRC_07_a_server_that_never_answers_ends_with_the_builds_time) {
  auto& w = world();
  const Server server({"python3", WH_HOSTILE_SERVER, "http://127.0.0.1:1"});
  Order order = w.order(hostile_server_url(server, "/trickle/x.git"));
  order.timeout_s = 3;

  const Built built = w.build(order);

  EXPECT_EQ(built.code(), "source.timeout") << built.log;
  EXPECT_LT(built.took, testing_support::patient(std::chrono::seconds(8)));
}

TEST(HostileSource, SRC_07_a_commit_of_ten_billion_names_or_six_gigabytes_is_refused_before_it_is_written) {
  auto& w = world();
  const Trap trap;
  for (const char* name : {"names-bomb", "bytes-bomb"}) {
    const Built built = w.build(w.order(w.hostile_url(name, trap.url())));

    EXPECT_EQ(built.code(), "source.too_large") << name << "\n" << built.log;
    EXPECT_LT(built.took, testing_support::patient(std::chrono::seconds(20))) << name;
    EXPECT_THAT(w.left_overs(), IsEmpty()) << name;
  }
}

TEST(HostileSource, SRC_07_a_commit_whose_folders_lie_too_deep_is_refused_before_it_is_written) {
  auto& w = world();
  const Trap trap;

  const Built built = w.build(w.order(w.hostile_url("deep", trap.url())));

  EXPECT_EQ(built.code(), "source.too_deep") << built.log;
  EXPECT_THAT(built.log, HasSubstr("at most 200 within each other"));
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(HostileSource, SRC_07_archives_that_blow_up_or_climb_stay_in_the_jail_and_give_the_disk_back) {
  auto& w = world();
  const auto folder = w.folder() / "archives";
  std::filesystem::create_directories(folder);
  const std::string script =
      "import io,tarfile,gzip\n"
      "t=tarfile.open('zeros.tar.gz','w:gz',compresslevel=1)\n"
      "i=tarfile.TarInfo('zeros'); i.size=400<<20\n"
      "class Z(io.RawIOBase):\n"
      "  def read(self,n=-1): return bytes(n if n>0 else 1<<20)\n"
      "t.addfile(i,Z()); t.close()\n"
      "t=tarfile.open('climb.tar','w')\n"
      "for n in ('../../../../job/out/climbed','/job/src/climbed','ok'):\n"
      "  i=tarfile.TarInfo(n); i.size=7; t.addfile(i,io.BytesIO(b'climbed'))\n"
      "i=tarfile.TarInfo('l'); i.type=tarfile.SYMTYPE; i.linkname='/var/lib/containers'; t.addfile(i)\n"
      "i=tarfile.TarInfo('l/climbed'); i.size=7; t.addfile(i,io.BytesIO(b'climbed')); t.close()\n"
      "h=bytearray(512); h[0:4]=b'huge'; h[100:107]=b'0000644'; h[108:115]=b'0000000'; h[116:123]=b'0000000'\n"
      "h[124:136]=b'77777777777\\0'; h[136:147]=b'00000000000'; h[148:156]=b'        '; h[156:157]=b'0'\n"
      "h[257:263]=b'ustar\\0'; h[263:265]=b'00'; h[148:156]=b'%06o\\0 '%sum(h); open('huge.tar','wb').write(h)\n";
  run_program({"python3", "-c", script}, folder);
  const auto file = [&](const char* name) { return base::blocking_read_file(folder / name); };
  const auto bomb = w.repository(
      "zeros", {{"Containerfile", kFrom + "ADD zeros.tar.gz /x/\n"}, {"zeros.tar.gz", file("zeros.tar.gz")}});
  const auto huge =
      w.repository("huge", {{"Containerfile", kFrom + "ADD huge.tar /x/\n"}, {"huge.tar", file("huge.tar")}});
  const auto climb =
      w.repository("climb", {{"Containerfile", kFrom + "ADD climb.tar /x/\nRUN find / -xdev -name climbed\n"},
                             {"climb.tar", file("climb.tar")}});
  Order small = w.order(bomb);
  small.disk_bytes = std::uint64_t{128} << 20U;
  Order sparse = w.order(huge);
  sparse.disk_bytes = std::uint64_t{128} << 20U;

  const Built blown = w.build(small);
  const Built overflowing = w.build(sparse);
  const Built climbing = w.build(w.order(climb));

  EXPECT_EQ(blown.code(), "build.no_space") << blown.log;
  EXPECT_LT(w.store_bytes(small.app), std::uint64_t{16} << 20U) << "the disk is given back";
  EXPECT_EQ(overflowing.outcome.outcome, "failed") << overflowing.log;
  EXPECT_LT(w.store_bytes(sparse.app), std::uint64_t{128} << 20U);
  EXPECT_THAT(climbing.log, Not(HasSubstr("climbed\n/job"))) << climbing.log;
  EXPECT_FALSE(std::filesystem::exists("/job"));
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(HostileSource, SRC_09_a_link_in_the_context_copies_nothing_of_the_host) {
  auto& w = world();
  const auto secret = w.folder() / "ssh-key";
  std::ofstream(secret) << kCanary;
  const auto url = w.repository(
      "src09",
      {{"Containerfile", kFrom + "COPY leak /leak\nCOPY folder /folder\nRUN cat /leak /folder/*; ls -R /folder\n"}},
      "main", {{"leak", secret.string()}, {"folder", w.folder().string()}});

  const Built built = w.build(w.order(url));

  EXPECT_THAT(built.log, Not(HasSubstr(std::string("\n") + kCanary)));
  EXPECT_FALSE(w.store_contains(kCanary));
}

TEST(HostileSource, SRC_09_ignore_files_that_are_links_show_nothing_of_the_host) {
  auto& w = world();
  const auto secret = w.folder() / "patterns";
  std::ofstream(secret) << "*\n!" << kCanary;
  const auto url = w.repository("ignores", {{"Containerfile", kFrom + "COPY x /x\nRUN echo copied\n"}, {"x", "y"}},
                                "main", {{".containerignore", secret.string()}, {".dockerignore", "/etc/shadow"}});

  const Built built = w.build(w.order(url));

  EXPECT_THAT(built.log, Not(HasSubstr(kCanary)));
  EXPECT_THAT(built.log, Not(HasSubstr("root:")));
}

TEST(HostileSource, SRC_11_a_file_swapped_for_a_link_while_it_is_read_is_never_followed) {
  auto& w = world();
  const auto root = w.folder() / "racing";
  std::filesystem::create_directories(root / "in");
  std::ofstream(w.folder() / "raced") << kCanary;
  std::ofstream(root / "in/plain") << "plain";
  std::filesystem::create_symlink(w.folder() / "raced", root / "in/link");
  std::filesystem::create_hard_link(root / "in/plain", root / "in/f");
  std::atomic<bool> over{false};
  std::thread racer([&] {
    const auto from = root / "in/f", plain = root / "in/plain", link = root / "in/link", next = root / "next";
    while (!over) {
      std::filesystem::copy_symlink(link, next);
      ::rename(next.c_str(), from.c_str());
      ::link(plain.c_str(), next.c_str());
      ::rename(next.c_str(), from.c_str());
    }
  });
  int plain = 0, refused = 0, other = 0;

  for (int i = 0; i < 20'000; ++i) {
    const auto read = blocking_read_beneath(root, "in/f", 100);
    if (read && *read == "plain")
      ++plain;
    else if (!read)
      ++refused;
    else
      ++other;
  }
  over = true;
  racer.join();

  EXPECT_EQ(other, 0);
  EXPECT_GT(plain, 0);
  EXPECT_GT(refused, 0);
}

TEST(HostileSource, LIM_13_git_connects_to_the_address_that_was_checked_and_asks_no_name_server_again) {
  auto& w = world();
  const auto url = w.repository("pinned", {{"Containerfile", kFrom}});
  const auto port = url.substr(17, url.find('/', 17) - 17);
  const auto work = w.folder() / "pinned-out";
  std::filesystem::create_directories(work);
  const auto arguments = [&](const std::string& pin) {
    auto out =
        git_arguments(pin, {"ls-remote", "--exit-code", "--", "http://rebinding.invalid:" + port + "/pinned.git"});
    *std::ranges::find(out, "/job/src") = work.string();
    out.insert(out.begin(), "git");
    return out;
  };

  EXPECT_NO_THROW(run_program(arguments("rebinding.invalid:" + port + ":127.0.0.1"), work));
  EXPECT_THROW(run_program(arguments(""), work), std::runtime_error) << "the name itself is known nowhere";
}

TEST(HostileSource, SSRF_01_where_clouds_keep_credentials_is_refused_also_where_private_sources_are_permitted) {
  auto& w = world();
  for (const char* url : {"http://169.254.169.254/x", "http://[fe80::1]/x", "http://[::ffff:169.254.169.254]/x",
                          "http://2852039166/x", "http://[fd00:ec2::254]/x", "http://100.100.100.200/x"}) {
    Order order = w.order(url);
    order.allow_private = true;

    const Built built = w.build(order);

    EXPECT_THAT(built.code(), AnyOf("source.host_refused", "source.git_url", "source.host_not_found"))
        << url << built.log;
  }
}

TEST(HostileSource, LIM_13_every_spelling_of_an_inner_address_is_refused_at_once) {
  auto& w = world();
  for (const char* url :
       {"http://127.0.0.1/x", "http://[::1]/x", "http://0.0.0.0/x", "http://10.50.0.1/x", "http://169.254.169.254/x",
        "http://[::ffff:10.50.0.1]/x", "http://2130706433/x", "http://0x7f.1/x", "http://017700000001/x",
        "http://127.1/x", "http://localhost/x", "http://[fe80::1]/x", "http://[fd00::1]/x", "http://[64:ff9b::a32:1]/x",
        "http://[2002:a32:1::]/x", "http://a@10.50.0.1/x"}) {
    Order order = w.order(url);
    order.allow_private = false;

    const Built built = w.build(order);

    EXPECT_THAT(built.code(), AnyOf("source.host_refused", "source.git_url", "source.host_not_found"))
        << url << built.log;
  }
}

}  // namespace
}  // namespace builds::testing
