#include <gtest/gtest.h>

#include "common/base/failure.hpp"
#include "common/crypto/x509.hpp"
#include "common/http_client/client.hpp"
#include "common/http_client/websocket.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"
#include "tests/support/patience.hpp"

namespace {

using http::Method;
using http_client::Client;
using http_client::Endpoint;
using http_client::TlsTrust;
using http_test::TestServer;

async::Task<http::Response> hello(http::Request request) {
  co_return http::text_response(200, request.tls ? "over tls" : "in the clear");
}

struct TlsTest : testing::Test {
  /// A server for localhost and 127.0.0.1 whose certificate was issued at `issued`.
  std::uint16_t listen(base::UtcTime issued) {
    crypto::CertificateRequest request;
    request.common_name = "hub";
    request.dns_names = {"localhost"};
    request.ip_addresses = {"127.0.0.1"};
    const auto leaf = crypto::issue_certificate(authority, request, issued);
    chain = leaf->chain_pem;
    http::RouteTable routes;
    routes.add(Method::get, "/", hello);
    return server.listen(std::move(routes), http::TlsIdentity{leaf->chain_pem, leaf->key_pem});
  }
  std::uint16_t listen() { return listen(server.clock().utc_now()); }

  std::string get(const std::string& host, std::uint16_t port, TlsTrust trust) {
    Client client(server.executor(), Endpoint::tls(host, port, std::move(trust)), server.clock());
    const auto response = server.run(client.send({}, server.soon()));
    offered_chain = client.last_chain_pem();
    return response ? response->body : response.error().code;
  }
  TlsTrust pinned(std::string_view certificate) const { return {{}, {*crypto::spki_pin(certificate)}}; }

  TestServer server;
  crypto::CertifiedKey authority = crypto::make_authority("WiseHosting test", server.clock().utc_now());
  std::string chain;
  std::string offered_chain;
};

TEST_F(TlsTest, accepts_a_chain_that_holds_the_pinned_authority) {
  const auto port = listen();

  EXPECT_EQ(get("localhost", port, pinned(authority.chain_pem)), "over tls");
  EXPECT_EQ(get("127.0.0.1", port, pinned(authority.chain_pem)), "over tls");
  EXPECT_EQ(crypto::split_chain(offered_chain)->size(), 2U);
  EXPECT_EQ(crypto::split_chain(offered_chain)->back(), crypto::split_chain(authority.chain_pem)->front());
}

TEST_F(TlsTest, accepts_one_right_pin_among_others_and_the_leafs_own) {
  const auto port = listen();
  const auto stranger = crypto::make_authority("stranger", server.clock().utc_now());
  auto several = pinned(stranger.chain_pem);
  several.pins.push_back(*crypto::spki_pin(authority.chain_pem));

  EXPECT_EQ(get("localhost", port, several), "over tls");
  EXPECT_EQ(get("localhost", port, pinned(chain)), "over tls");
}

TEST_F(TlsTest, refuses_a_chain_without_the_pin) {
  const auto port = listen();
  const auto stranger = crypto::make_authority("stranger", server.clock().utc_now());

  EXPECT_EQ(get("localhost", port, pinned(stranger.chain_pem)), "tls.untrusted");
}

TEST_F(TlsTest, refuses_the_pinned_authority_beside_a_leaf_that_it_did_not_sign) {
  const auto imposter = crypto::make_authority("WiseHosting test", server.clock().utc_now());
  crypto::CertificateRequest request;
  request.common_name = "hub";
  request.dns_names = {"localhost"};
  const auto leaf = crypto::issue_certificate(imposter, request, server.clock().utc_now());
  const auto forged = crypto::split_chain(leaf->chain_pem)->front() + authority.chain_pem;
  http::RouteTable routes;
  routes.add(Method::get, "/", hello);
  const auto port = server.listen(std::move(routes), http::TlsIdentity{forged, leaf->key_pem});

  EXPECT_EQ(get("localhost", port, pinned(authority.chain_pem)), "tls.untrusted");
}

TEST_F(TlsTest, refuses_an_expired_certificate) {
  const auto port = listen(server.clock().utc_now() - std::chrono::hours(24 * 400));

  EXPECT_EQ(get("localhost", port, pinned(authority.chain_pem)), "tls.untrusted");
}

TEST_F(TlsTest, refuses_a_certificate_for_another_name_or_address) {
  const auto port = listen();

  EXPECT_EQ(get("hub.localhost", port, pinned(authority.chain_pem)), "tls.untrusted");
  EXPECT_EQ(get("127.0.0.2", port, pinned(authority.chain_pem)), "net.unreachable");
}

TEST_F(TlsTest, trusts_a_given_authority_without_pins_and_no_other) {
  const auto port = listen();
  const auto stranger = crypto::make_authority("stranger", server.clock().utc_now());

  EXPECT_EQ(get("localhost", port, {authority.chain_pem, {}}), "over tls");
  EXPECT_EQ(get("localhost", port, {stranger.chain_pem, {}}), "tls.untrusted");
  EXPECT_EQ(get("localhost", port, {}), "tls.untrusted") << "the system's authorities do not know ours";
}

TEST_F(TlsTest, wants_both_where_both_are_given) {
  const auto port = listen();
  auto both = pinned(authority.chain_pem);
  both.ca_pem = authority.chain_pem;
  auto wrong_pin = both;
  wrong_pin.pins = pinned(crypto::make_authority("stranger", server.clock().utc_now()).chain_pem).pins;

  EXPECT_EQ(get("localhost", port, both), "over tls");
  EXPECT_EQ(get("localhost", port, wrong_pin), "tls.untrusted");
}

TEST_F(TlsTest, plain_http_on_a_tls_port_gets_nothing) {
  const auto port = listen();
  http_test::RawClient client(port);

  client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

  EXPECT_EQ(client.read_to_end().find("HTTP"), std::string::npos);
}

TEST_F(TlsTest, a_pin_or_certificate_that_is_none_is_a_failure_at_once) {
  EXPECT_THROW(Client(server.executor(), Endpoint::tls("localhost", 1, {{}, {"sha256/short"}}), server.clock()),
               base::Failure);
  EXPECT_THROW(Client(server.executor(), Endpoint::tls("localhost", 1, {"no pem", {}}), server.clock()), base::Failure);
}

TEST_F(TlsTest, shutdown_does_not_wait_for_a_handshake) {
  const auto port = listen();
  http_test::RawClient client(port);
  client.send("\x16\x03\x01");

  const auto started = std::chrono::steady_clock::now();
  server.shutdown();

  EXPECT_LT(std::chrono::steady_clock::now() - started, testing_support::patient(std::chrono::seconds(4)));
}

}  // namespace
