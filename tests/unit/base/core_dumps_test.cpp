#include "common/base/core_dumps.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace base {
namespace {

TEST(CoreDumps, LOG_07_a_process_with_keys_that_crashes_leaves_no_core) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_CORE, &all);
    forbid_core_dumps();
    rlimit now{1, 1};
    if (::getrlimit(RLIMIT_CORE, &now) != 0 || now.rlim_cur != 0 || now.rlim_max != 0) ::_exit(1);
    if (::prctl(PR_GET_DUMPABLE) != 0) ::_exit(2);
    ::signal(SIGSEGV, SIG_DFL);  // not the sanitizer's
    ::raise(SIGSEGV);
    ::_exit(3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);

  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  EXPECT_EQ(WTERMSIG(status), SIGSEGV);
  EXPECT_FALSE(WCOREDUMP(status));
}

}  // namespace
}  // namespace base
