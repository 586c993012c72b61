#include "common/protocol/objects.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "common/json/json.hpp"
#include "tests/protocol/vectors.hpp"

namespace protocol {
namespace {

ReplicaObject replica() {
  return decode_replica(vectors::bytes(vectors::all()["replica_object"]["bytes"])).value();
}

TEST(ReplicaBody, refuses_values_that_would_start_something_else) {
  const std::vector<std::function<void(ReplicaObject&)>> changes{
      [](ReplicaObject& it) { it.image = "10.50.0.1:5000/acme/hello:latest"; },
      [](ReplicaObject& it) { it.image = "--privileged" + it.image; },
      [](ReplicaObject& it) { it.image.insert(4, " "); },
      [](ReplicaObject& it) { it.env["A=B"] = "x"; },
      [](ReplicaObject& it) { it.env["1A"] = "x"; },
      [](ReplicaObject& it) { it.env["A;id"] = "x"; },
      [](ReplicaObject& it) { it.port = 0; },
      [](ReplicaObject& it) { it.publish.port = 0; },
      [](ReplicaObject& it) { it.publish.address = "-x"; },
      [](ReplicaObject& it) { it.network = "net; id"; },
      [](ReplicaObject& it) { it.health.path = "/x y"; },
      [](ReplicaObject& it) { it.health.path = "x"; },
      [](ReplicaObject& it) { it.health.interval_ms = 0; },
      [](ReplicaObject& it) { it.limits.memory_bytes = 0; },
      [](ReplicaObject& it) { it.volumes = {{.name = "data", .path = "/a/../../etc"}}; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ReplicaObject changed = replica();
    changes[i](changed);
    EXPECT_FALSE(decode_replica(json::encode(changed)).has_value()) << i;
  }
}

TEST(RouteBody, checks_hosts_targets_and_options) {
  RouteObject route{.hosts = {"hello.localhost"}, .targets = {{.address = "127.0.0.1", .port = 20'001}}};
  EXPECT_TRUE(decode_route(json::encode(route)).has_value());

  RouteObject bad_host = route;
  bad_host.hosts = {"hello\nworld"};
  EXPECT_FALSE(decode_route(json::encode(bad_host)).has_value());
  RouteObject bad_port = route;
  bad_port.targets[0].port = 0;
  EXPECT_FALSE(decode_route(json::encode(bad_port)).has_value());
  RouteObject bad_options = route;
  bad_options.options.text = "[]";
  EXPECT_FALSE(decode_route(json::encode(bad_options)).has_value());
}

TEST(OtherBodies, are_checked) {
  EXPECT_FALSE(decode_mesh_peer(json::encode(MeshPeerObject{})).has_value());
  EXPECT_TRUE(decode_mesh_peer(
                  json::encode(MeshPeerObject{.public_key = {std::string(32, 'k')}, .allowed_ips = {"10.0.0.0/8"}}))
                  .has_value());
  EXPECT_FALSE(decode_certificate(json::encode(CertificateObject{})).has_value());
}

TEST(DigestText, takes_64_lower_case_digits_only) {
  const std::string good = Digest::of("x").hex();
  EXPECT_TRUE(Digest::parse(good).has_value());
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "0", "../" + good.substr(3), "G" + good.substr(1)}) {
    EXPECT_FALSE(Digest::parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace protocol
