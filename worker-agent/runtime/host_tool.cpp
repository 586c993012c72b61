#include "worker-agent/runtime/host_tool.hpp"

#include <utility>

namespace runtime {

async::Task<base::Result<std::string>> output_of(async::ProcessSpec spec, base::Deadline deadline) {
  const std::string program = spec.argv.front();
  spec.output_limit = std::size_t{8} << 20U;
  CO_TRY_ASSIGN(auto done, co_await async::run_process(std::move(spec), deadline));
  if (!done.ok()) co_return base::fail(base::ErrorKind::unavailable, "host.tool", program + ": " + done.err);
  co_return std::move(done.out);
}

}  // namespace runtime
