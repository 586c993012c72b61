#include "worker-agent/builds/workshop.hpp"

#include <utility>

#include "common/base/files.hpp"
#include "common/crypto/random.hpp"
#include "worker-agent/builds/failures.hpp"

namespace builds {

base::SecretString blocking_marks_key(const std::filesystem::path& file) {
  constexpr std::size_t kBytes = 32;
  if (!std::filesystem::exists(file)) base::blocking_write_file(file, crypto::random_bytes(kBytes), 0600);
  return base::SecretString(base::blocking_read_private_file(file));
}

jail::Options plain_jail(const Workshop& shop) {
  const LimitsSpec& limits = shop.spec.limits;
  jail::Options out;
  out.uid_base = shop.store.uid_base;
  out.cgroup = shop.cgroup;
  out.limits = jail::Limits{.memory_bytes = limits.memory_bytes,
                            .pids = limits.pids,
                            .cpu_millis = limits.cpu_millis,
                            .disk_bytes = limits.disk_bytes,
                            .file_bytes = limits.disk_bytes};
  out.job = shop.job();
  out.report = shop.folder / "report";
  return out;
}

jail::Options podman_jail(const Workshop& shop) {
  jail::Options out = plain_jail(shop);
  out.store = shop.store.folder;
  out.network = shop.network;
  out.privileged = true;
  return out;
}

async::Task<base::Result<JailEnd>> run_logged(Workshop& shop, jail::Options options, base::SecretString secret) {
  shop.log.mark();
  OutputSink sink = [&log = shop.log](std::string_view bytes) { log.output(bytes); };
  auto end =
      co_await run_in_jail(shop.jail_program, std::move(options), std::move(secret), std::move(sink), shop.deadline);
  shop.log.flush();
  co_return end;
}

FailureInput failure_input(const Workshop& shop, const JailEnd& end) {
  return FailureInput{.end = end,
                      .output = shop.log.text_since_mark(),
                      .memory_bytes = shop.spec.limits.memory_bytes,
                      .pids = shop.spec.limits.pids,
                      .timeout = std::chrono::seconds(shop.spec.timeout_s),
                      .commands = shop.spec.commands.has_value()};
}

StepError step_error(base::Error error, const std::string& step) {
  return StepError{.code = std::move(error.code), .message = std::move(error.message), .step = step, .exit_code = {}};
}

}  // namespace builds
