#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/http_client/endpoint.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace http_client {

/// How one side of TLS is set up; shared by all its connections. Thread-safe once made.
class TlsContext {
 public:
  /// Throws base::Failure when `trust` holds something that is no certificate or no pin.
  static std::shared_ptr<const TlsContext> client(const TlsTrust& trust);
  /// TLS 1.3 only; sends the whole chain, the authority included. Throws base::Failure when the chain or the key is not
  /// usable, or they do not belong together.
  static std::shared_ptr<const TlsContext> server(std::string_view chain_pem, std::string_view key_pem);

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* native() const { return native_; }
  bool is_server() const { return server_; }
  const TlsTrust& trust() const { return trust_; }

 private:
  TlsContext(bool server, TlsTrust trust);
  ssl_ctx_st* native_;
  bool server_;
  TlsTrust trust_;
};

/// Makes `ssl` accept only a certificate for `host`, a name or an address.
void expect_host(ssl_st* ssl, const std::string& host);

}  // namespace http_client
