#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/async/nudge.hpp"
#include "common/base/guarded.hpp"
#include "control-plane/modules/builds/types.hpp"
#include "control-plane/platform/postgres/pool.hpp"

namespace builds {

/// What the readers of a growing build log get. The newest part of each log that is followed is kept in memory: what is
/// new is read from the database once for all readers of this instance, however many there are. Thread-safe.
class SharedLogs {
 public:
  struct Slice {
    LogSlice log;
    std::string state;  ///< of the deployment
  };
  using Read = std::function<Slice(Tx&, std::uint64_t offset)>;

  /// What there is from `offset`. `wakes`: the signal's count when the caller looked; what was read since is taken from
  /// memory. `read` reads from the database.
  async::Task<base::Result<Slice>> read(postgres::Pool& pool, base::DeploymentId deployment, std::uint64_t offset,
                                        std::uint64_t wakes, Read read);
  /// How often the database was asked.
  std::uint64_t reads() const {
    return state_.with([](const State& state) { return state.reads; });
  }

 private:
  struct Log {
    std::uint64_t begin{0};  ///< of `bytes`
    std::string bytes;
    bool complete{false};
    std::string state;
    std::uint64_t wakes{0};  ///< the signal's count when this was read
    bool reading{false};
    std::uint64_t reading_at{0};
    std::vector<std::shared_ptr<async::Nudge>> waiting;
  };
  struct State {
    std::map<base::DeploymentId, Log> logs;
    std::uint64_t reads{0};
  };
  static Slice slice_of(const Log& log, std::uint64_t offset);
  static void add(Log& log, std::uint64_t offset, const Slice& slice, std::uint64_t wakes);

  base::Guarded<State> state_;
};

}  // namespace builds
