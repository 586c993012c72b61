#include "worker-agent/builds/jail_run.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

#include "common/async/deadline.hpp"
#include "common/async/process.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "worker-agent/builds/jail/cgroup.hpp"

namespace builds {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// wh-jail needs milliseconds; a second is for a machine under load. The whole must stay below 5 s.
constexpr std::chrono::milliseconds kGrace{2500};

async::Task<Result<void>> pump(async::ChildProcess& child, const OutputSink& output) {
  for (;;) {
    CO_TRY_ASSIGN(const std::string chunk, co_await child.read_some());
    if (chunk.empty()) break;
    output(chunk);
  }
  co_await child.wait();
  co_return Result<void>{};
}

Result<JailEnd> blocking_read_end(const std::filesystem::path& file, bool timed_out) {
  JailEnd end{.report = {}, .timed_out = timed_out};
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (timed_out) return end;
    return fail(ErrorKind::internal, "jail.setup", "The build jail ended without a word; it was killed from outside.");
  }
  TRY_ASSIGN(end.report, jail::decode_report(base::blocking_read_file(file)));
  if (end.report.end == jail::Report::End::setup_failed) {
    return fail(ErrorKind::unavailable, "jail.setup", "The build jail could not be made: " + end.report.error);
  }
  return end;
}

}  // namespace

async::Task<Result<JailEnd>> run_in_jail(const std::filesystem::path& program, jail::Options options,
                                         base::SecretString secret, OutputSink output, base::Deadline deadline) {
  std::filesystem::remove(options.report);
  const std::filesystem::path report = options.report;
  const std::string cgroup = options.cgroup;
  async::ProcessSpec spec;
  spec.argv = jail::to_arguments(options);
  spec.argv.insert(spec.argv.begin(), program.string());
  spec.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
  if (options.secret_from_stdin || options.variables_from_stdin) spec.stdin_data = std::string(secret.reveal());
  async::ChildProcess child(co_await boost::asio::this_coro::executor);
  CO_TRY_CHECK(child.start(spec));
  bool timed_out = false;
  std::exception_ptr aborted;
  try {
    auto pumping = pump(child, output);
    const auto pumped = co_await async::with_deadline(std::move(pumping), deadline);
    timed_out = !pumped.has_value() && pumped.error().code == "deadline";
    if (!pumped && !timed_out) aborted = std::make_exception_ptr(base::Failure(pumped.error().message));
  } catch (...) {
    aborted = std::current_exception();
  }
  if (timed_out || aborted) {
    if (aborted) co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    co_await child.terminate(kGrace);
    jail::Cgroup::remove_left_over(cgroup);  // nothing is there but when wh-jail itself had to be killed
  }
  if (aborted) std::rethrow_exception(aborted);
  co_return blocking_read_end(report, timed_out);
}

}  // namespace builds
