#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/async/nudge.hpp"
#include "common/base/guarded.hpp"

namespace live {

/// Wakes every subscriber: streams that wait for something new to read. Thread-safe.
class Signal {
 public:
  /// The subscription ends with the returned Nudge; wait on it from `executor`.
  std::shared_ptr<async::Nudge> subscribe(boost::asio::any_io_executor executor) {
    auto nudge = std::make_shared<async::Nudge>(std::move(executor));
    subscribers_.with([&](auto& all) {
      std::erase_if(all, [](const auto& known) { return known.expired(); });
      all.push_back(nudge);
    });
    return nudge;
  }
  void notify() {
    ++count_;
    subscribers_.with([](auto& all) {
      for (const auto& known : all) {
        if (const auto nudge = known.lock()) nudge->notify();
      }
    });
  }

  /// How often it was notified, and one.
  std::uint64_t count() const { return count_.load(); }

 private:
  std::atomic<std::uint64_t> count_{1};
  base::Guarded<std::vector<std::weak_ptr<async::Nudge>>> subscribers_;
};

}  // namespace live
