#pragma once

#include <filesystem>

#include "common/async/blocking_pool.hpp"
#include "control-plane/platform/http/message.hpp"

namespace app {

/// Serves the bundled sample repositories below /samples/ as plain files: git's dumb HTTP protocol needs no more.
class Samples {
 public:
  Samples(std::filesystem::path root, async::BlockingPool& pool) : root_(std::move(root)), pool_(pool) {}
  static bool is_sample(const http::Request& request) { return request.path.starts_with("/samples/"); }
  async::Task<http::Response> serve(http::Request request);

 private:
  std::filesystem::path root_;
  async::BlockingPool& pool_;
};

}  // namespace app
