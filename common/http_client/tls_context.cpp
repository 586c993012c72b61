#include "common/http_client/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"

namespace http_client {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

[[noreturn]] void throw_tls(const std::string& what) {
  char text[256] = "unknown";
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  throw base::Failure(what + ": " + text);
}

std::vector<Owned<X509>> read_certificates(std::string_view pem) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Owned<X509>> certificates;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();
  if (certificates.empty()) throw base::Failure("TLS: the PEM text holds no certificate");
  return certificates;
}

std::string pin_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(der, static_cast<std::size_t>(size), digest);
  OPENSSL_free(der);
  return "sha256/" + base::base64url_encode({reinterpret_cast<const char*>(digest), sizeof digest});
}

bool is_pinned(const TlsTrust& trust, X509* certificate) {
  return std::find(trust.pins.begin(), trust.pins.end(), pin_of(certificate)) != trust.pins.end();
}

bool holds_a_pin(const TlsTrust& trust, const STACK_OF(X509) * chain) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    if (is_pinned(trust, sk_X509_value(chain, i))) return true;
  }
  return false;
}

/// Verifies the peer's chain. With pins alone, the pinned certificates among those sent are the anchors: signatures and
/// dates are then checked from the leaf up to one of them, and host and purpose as ever.
int verify_chain(X509_STORE_CTX* context, void* argument) {
  const auto& trust = static_cast<const TlsContext*>(argument)->trust();
  if (trust.pins.empty()) return X509_verify_cert(context);
  const Owned<STACK_OF(X509)> anchors(sk_X509_new_null());
  if (!trust.ca_pem) {
    const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
    for (int i = 0; i < sk_X509_num(sent); ++i) {
      if (is_pinned(trust, sk_X509_value(sent, i))) sk_X509_push(anchors.get(), sk_X509_value(sent, i));
    }
    X509_STORE_CTX_set0_trusted_stack(context, anchors.get());
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  }
  if (X509_verify_cert(context) != 1) return 0;
  if (holds_a_pin(trust, X509_STORE_CTX_get0_chain(context))) return 1;
  X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

void check_pins(const TlsTrust& trust) {
  for (const auto& pin : trust.pins) {
    const auto digest = pin.starts_with("sha256/") ? base::base64url_decode(std::string_view(pin).substr(7))
                                                   : base::Result<std::string>(std::string());
    if (!digest || digest->size() != SHA256_DIGEST_LENGTH) throw base::Failure("TLS: not a pin: " + pin);
  }
}

void trust_authorities(SSL_CTX* native, const TlsTrust& trust) {
  if (trust.ca_pem) {
    X509_STORE* store = SSL_CTX_get_cert_store(native);
    for (const auto& certificate : read_certificates(*trust.ca_pem)) X509_STORE_add_cert(store, certificate.get());
  } else if (trust.pins.empty()) {
    SSL_CTX_set_default_verify_paths(native);
  }
}

}  // namespace

TlsContext::TlsContext(bool server, TlsTrust trust)
    : native_(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method())),
      server_(server),
      trust_(std::move(trust)) {
  if (native_ == nullptr) throw_tls("TLS: cannot make a context");
  const bool modern = server_ || !trust_.pins.empty();
  SSL_CTX_set_min_proto_version(native_, modern ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_mode(native_,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(native_, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
}

TlsContext::~TlsContext() {
  SSL_CTX_free(native_);
}

std::shared_ptr<const TlsContext> TlsContext::client(const TlsTrust& trust) {
  check_pins(trust);
  std::shared_ptr<TlsContext> context(new TlsContext(false, trust));
  trust_authorities(context->native_, trust);
  SSL_CTX_set_verify(context->native_, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context->native_, verify_chain, context.get());
  return context;
}

std::shared_ptr<const TlsContext> TlsContext::server(std::string_view chain_pem, std::string_view key_pem) {
  std::shared_ptr<TlsContext> context(new TlsContext(true, {}));
  SSL_CTX* native = context->native_;
  auto chain = read_certificates(chain_pem);
  if (SSL_CTX_use_certificate(native, chain.front().get()) != 1) throw_tls("TLS: the certificate cannot be used");
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(native, chain[i].get()) != 1) throw_tls("TLS: the chain cannot be used");
  }
  const Owned<BIO> bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(native, key.get()) != 1) throw_tls("TLS: the private key cannot be used");
  if (SSL_CTX_check_private_key(native) != 1) throw_tls("TLS: the key does not belong to the certificate");
  // Our clients do not resume sessions, and a ticket that nobody reads turns a quick close into a reset.
  SSL_CTX_set_num_tickets(native, 0);
  return context;
}

void expect_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) return;
  ERR_clear_error();
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (SSL_set1_host(ssl, host.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) {
    throw_tls("TLS: not a host: " + host);
  }
}

}  // namespace http_client
