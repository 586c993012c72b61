#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/audit/verifier.hpp"
#include "common/json/json.hpp"

namespace audit {

struct ActorView {
  std::string kind;
  std::optional<std::string> id;
  std::optional<std::string> name;
  std::optional<std::string> credential;
  template <class F>
  void map(F& f) {
    f.required("kind", kind, "person, token, hook, worker, system or nobody");
    f.required("id", id);
    f.required("name", name);
    f.required("credential", credential, "session, personal_token, organization_token or cli; null for machines");
  }
};

struct EventView {
  std::string id;
  base::UtcTime at;
  ActorView actor;
  std::string action;
  std::optional<std::string> object_kind;
  std::optional<std::string> object_id;
  std::optional<std::string> object_name;
  std::optional<std::string> app_id;
  std::optional<std::string> address;
  std::optional<std::string> user_agent;
  std::optional<std::string> request_id;
  json::Raw before;
  json::Raw after;
  std::optional<std::int64_t> sequence;
  std::optional<base::UtcTime> sealed_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("at", at);
    f.required("actor", actor, "Who");
    f.required("action", action, "What, such as app.deploy; `.refused` at its end: it was refused");
    f.required("object_kind", object_kind);
    f.required("object_id", object_id);
    f.required("object_name", object_name, "What it was called then, also when it is gone");
    f.required("app_id", app_id, "The app that it concerns, if one");
    f.required("address", address, "From where");
    f.required("user_agent", user_agent);
    f.required("request_id", request_id);
    f.required("before", before, "As it was; secrets as fingerprints");
    f.required("after", after, "As it is since");
    f.required("sequence", sequence, "Its place in the sealed log; null: it waits for its seal, less than a second");
    f.required("sealed_at", sealed_at);
  }
};

struct PublicKeyView {
  std::string id;
  std::string public_key;
  std::string fingerprint;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("public_key", public_key, "Ed25519, base64url");
    f.required("fingerprint", fingerprint, "For people to compare");
  }
};

/// The sealed log, page by page, for whoever verifies it.
struct ChainView {
  std::string chain;
  std::vector<PublicKeyView> keys;
  std::vector<audit_chain::Line> items;
  std::optional<std::string> next_cursor;
  std::optional<audit_chain::Head> head;
  template <class F>
  void map(F& f) {
    f.required("chain", chain, "The organization's id");
    f.required("keys", keys);
    f.required("items", items, "By sequence; on the last page those that wait for their seal follow, sequence 0");
    f.required("next_cursor", next_cursor, "Give it as `cursor` to read on; null at the end");
    f.required("head", head, "On the last page: the end, signed now");
  }
};

EventView view(const audit_chain::Event& event, const std::optional<audit_chain::Seal>& seal);
audit_chain::Line line(const audit_chain::Event& event, const std::optional<audit_chain::Seal>& seal);

}  // namespace audit
