#include "worker-agent/runtime/container_spec.hpp"

#include <gtest/gtest.h>

#include "common/json/json.hpp"
#include "worker-agent/runtime/container_body.hpp"
#include "worker-agent/runtime/create_json.hpp"
#include "worker-agent/runtime/images.hpp"
#include "worker-agent/runtime/networks.hpp"
#include "worker-agent/runtime/podman.hpp"

namespace runtime {
namespace {

protocol::ReplicaObject app() {
  protocol::ReplicaObject object;
  object.replica_id = *base::ReplicaId::parse("01936f2a-7c00-7000-8000-000000000001");
  object.app_environment_id = *base::AppEnvironmentId::parse("01936f2a-7c00-7000-8000-000000000002");
  object.image = "10.91.0.1:7050/acme/web@sha256:" + std::string(64, 'a');
  object.env = {{"GREETING", "hello"}, {"PORT", "1"}};
  object.publish = {.address = "127.0.0.1", .port = 20001};
  return object;
}

host::ContainerSetup setup() {
  return host::describe_containers({"/var/lib/wh/agent", "/run/wisehosting/a", {}});
}

base::Result<ContainerSpec> build(const protocol::ReplicaObject& object,
                                  std::map<std::string, std::string> secrets = {}) {
  return build_container_spec(object, std::move(secrets), base::WorkerId(), setup());
}

TEST(ContainerSpec, holds_the_environment_of_the_object_the_secrets_and_the_port) {
  const auto spec = build(app(), {{"TOKEN", "s3cret"}, {"PORT", "1"}});

  ASSERT_TRUE(spec.has_value());
  const std::map<std::string, std::string> expected = {{"GREETING", "hello"}, {"PORT", "8080"}};
  EXPECT_EQ(spec->env, expected);
  const std::map<std::string, std::string> secrets = {{"TOKEN", "s3cret"}};
  EXPECT_EQ(spec->secrets, secrets);
}

TEST(ContainerSpec, secrets_are_in_no_label_name_or_hash) {
  auto with = app();
  with.secrets = protocol::Binary{"sealed"};

  EXPECT_EQ(spec_sha256(with), spec_sha256(app()));
  EXPECT_EQ(build(with, {{"TOKEN", "s3cret"}})->labels, build(app())->labels);
}

TEST(ContainerSpec, refuses_names_of_variables_that_a_shell_would_read) {
  for (const std::string name : {"A$(id)", "A;id", "A=B", "A`id`", "", "1A"}) {
    auto object = app();
    object.env[name] = "x";
    EXPECT_FALSE(build(object).has_value()) << name;
  }
}

TEST(ContainerSpec, refuses_volumes_over_what_the_kernel_provides) {
  for (const std::string path : {"/proc", "/sys/fs", "/", "data", "/a/../etc", "/dev"}) {
    auto object = app();
    object.volumes.push_back({"data", path});
    EXPECT_FALSE(build(object).has_value()) << path;
  }
}

TEST(ContainerSpec, volumes_belong_to_the_app_environment) {
  auto object = app();
  object.volumes.push_back({"data", "/data"});

  EXPECT_EQ(build(object)->volumes.at(0).name, "wh-01936f2a-7c00-7000-8000-000000000002-data");
}

TEST(ContainerSpec, hash_changes_with_what_the_container_is_made_of) {
  auto other = app();
  other.env["GREETING"] = "bye";
  auto probed = app();
  probed.health.interval_ms = 7;
  auto measured = app();
  measured.limits.disk_bytes = 1;
  auto read_only = app();
  read_only.limits.read_only = true;

  EXPECT_NE(spec_sha256(other), spec_sha256(app()));
  EXPECT_EQ(spec_sha256(probed), spec_sha256(app()));
  EXPECT_EQ(spec_sha256(measured), spec_sha256(app()));
  EXPECT_NE(spec_sha256(read_only), spec_sha256(app()));
}

TEST(Networks, bridge_names_fit_into_the_kernel) {
  const auto name = bridge_name("0123abcd", app().app_environment_id);

  EXPECT_EQ(name.size(), 15U);
  EXPECT_TRUE(name.starts_with("whn0123"));
}

TEST(Networks, rules_replace_the_whole_table_at_once) {
  const auto script =
      render_firewall({.installation = "0123abcd", .bridges = {"whn0123aaaaaaaa"}, .resolvers = {"10.0.0.53"}});

  EXPECT_TRUE(
      script.starts_with("add table inet wh_0123abcd\ndelete table inet wh_0123abcd\ntable inet wh_0123abcd {"));
  EXPECT_NE(script.find("elements = { \"whn0123aaaaaaaa\" . \"whn0123aaaaaaaa\" }"), std::string::npos);
  EXPECT_NE(script.find("elements = { 10.0.0.53 }"), std::string::npos);
}

TEST(ImageName, is_registry_repository_and_digest) {
  const auto name = parse_image(app().image);

  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->registry, "10.91.0.1:7050");
  EXPECT_EQ(name->repository, "acme/web");
}

TEST(ImageName, refuses_what_is_no_digest_or_looks_like_an_option) {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  const std::vector<std::string> images = {"--privileged", "r/a:latest", "-o/a" + digest, "r/a b" + digest,
                                           "r/a@sha256:abc"};
  for (const auto& image : images) {
    EXPECT_FALSE(parse_image(image).has_value()) << image;
  }
}

TEST(ContainerBody, CTR_04_bare_names_in_an_images_environment_are_filled_in_by_nobody) {
  const ImageDefaults image{.user = "",
                            .env = {"*", "HOME", "CONTAINERS_CONF", "=x", "LANG=C", "GREETING=bye", "EMPTY="}};
  const auto body =
      json::decode<wire::CreateContainer>(container_body(*build(app()), image), json::Unknown::reject).value();

  const std::map<std::string, std::string> expected = {
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {"TERM", "xterm"},
      {"container", "podman"},
      {"LANG", "C"},
      {"GREETING", "hello"},
      {"EMPTY", ""},
      {"PORT", "8080"}};
  EXPECT_EQ(body.env, expected);
  EXPECT_TRUE(body.no_other_env) << "Podman would add them";
}

TEST(ContainerBody, an_images_health_check_does_not_run) {
  const auto body = container_body(*build(app()), {});
  EXPECT_NE(body.find(R"("healthconfig":{"Test":["NONE"]})"), std::string::npos) << body;
}

TEST(ContainerBody, SEC_08_says_where_the_secrets_are_and_none_of_them) {
  const auto body = container_body(*build(app(), {{"TOKEN", "s3cret"}}), {});
  EXPECT_EQ(body.find("s3cret"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("wh.variables":"/run/wisehosting/a/v/01936f2a-7c00-7000-8000-000000000001")"),
            std::string::npos)
      << body;
  EXPECT_EQ(container_body(*build(app()), {}).find("wh.variables"), std::string::npos);
}

TEST(ContainerBody, only_an_image_that_starts_as_root_gets_what_root_needs) {
  for (const auto* user : {"", "root", "0", "0:0", "root:adm"}) {
    EXPECT_NE(container_body(*build(app()), {.user = user, .env = {}}).find("CAP_SETUID"), std::string::npos) << user;
  }
  for (const auto* user : {"nobody", "1000", "10", "1000:0", "www-data"}) {
    const auto body = container_body(*build(app()), {.user = user, .env = {}});
    EXPECT_NE(body.find(R"("cap_add":["CAP_NET_BIND_SERVICE"])"), std::string::npos) << user << body;
    EXPECT_NE(body.find(R"("cap_drop":["ALL"])"), std::string::npos) << user;
  }
}

TEST(PodmanErrors, say_what_to_do) {
  const auto no_command = explain_podman_error(
      500,
      R"({"cause":"x","message":"no command or entrypoint provided, and no CMD or ENTRYPOINT from image","response":500})");
  const auto in_use = explain_podman_error(
      500, R"({"message":"cannot listen on the TCP port: listen tcp4 127.0.0.1:20500: bind: address already in use"})");
  const auto no_program = explain_podman_error(
      500,
      R"({"message":"crun: executable file `/nope` not found: No such file or directory: OCI runtime attempted to invoke a command that was not found"})");

  EXPECT_EQ(no_command.message, "the image has no command: add CMD or ENTRYPOINT to the Containerfile");
  EXPECT_EQ(in_use.code, "podman.port_in_use");
  EXPECT_EQ(no_program.message,
            "the image's command '/nope' does not exist in it: check CMD and ENTRYPOINT in the Containerfile");
}

}  // namespace
}  // namespace runtime
