#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/integration/http/test_server.hpp"

namespace support {

/// A stand-in for Vault's transit engine, by its documented HTTP API (encrypt, decrypt, keys, rotate, config; key type
/// aes256-gcm96): loopback, one key named `wisehosting` at the mount `transit`.
class TransitServer {
 public:
  TransitServer();
  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }
  static constexpr const char* kToken = "hvs.test-token";
  /// What is asked next is answered with 503, as a sealed vault does.
  void seal(bool sealed);
  int calls() const;

 private:
  struct Version {
    std::string key;
  };
  http::Response answer(const http::Request& request, const std::string& verb);

  mutable std::mutex mutex_;
  std::vector<Version> versions_;
  int least_decryption_{1};
  bool sealed_{false};
  int calls_{0};
  http_test::TestServer server_;
  std::uint16_t port_{0};
};

}  // namespace support
