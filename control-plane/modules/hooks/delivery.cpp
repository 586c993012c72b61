#include "control-plane/modules/hooks/delivery.hpp"

#include <array>

#include "common/json/json.hpp"
#include "control-plane/platform/http/target.hpp"

namespace hooks {
namespace {

constexpr std::array<const char*, 6> kEventHeaders{"X-GitHub-Event", "X-Gitea-Event",  "X-Forgejo-Event",
                                                   "X-Gogs-Event",   "X-Gitlab-Event", "X-Event-Key"};

/// What is read of a body: forges send much more, and other things under these names.
struct DeliveryBody {
  std::optional<json::Raw> commit;
  std::optional<json::Raw> ref;
  std::optional<json::Raw> push;           ///< Bitbucket Cloud
  std::optional<json::Raw> changes;        ///< Bitbucket Data Center
  std::optional<json::Raw> object_kind;    ///< GitLab
  std::optional<json::Raw> event_type;     ///< Azure DevOps
  std::optional<json::Raw> pull_request;   ///< GitHub, Gitea
  std::optional<json::Raw> pullrequest;    ///< Bitbucket Cloud
  std::optional<json::Raw> pull_request_;  ///< Bitbucket Data Center
  std::optional<json::Raw> merge_request;  ///< GitLab, in comments and pipelines
  template <class F>
  void map(F& f) {
    f.optional("commit", commit);
    f.optional("ref", ref);
    f.optional("push", push);
    f.optional("changes", changes);
    f.optional("object_kind", object_kind);
    f.optional("eventType", event_type);
    f.optional("pull_request", pull_request);
    f.optional("pullrequest", pullrequest);
    f.optional("pullRequest", pull_request_);
    f.optional("merge_request", merge_request);
  }
};

struct CloudRef {
  std::string type;
  std::string name;
  template <class F>
  void map(F& f) {
    f.required("type", type);
    f.required("name", name);
  }
};

/// One branch or tag that was pushed; `after` is absent where it was deleted.
struct CloudChange {
  std::optional<CloudRef> after;
  template <class F>
  void map(F& f) {
    f.optional("new", after);
  }
};

struct CloudPush {
  std::vector<CloudChange> changes;
  template <class F>
  void map(F& f) {
    f.required("changes", changes);
  }
};

struct DataCenterRef {
  std::string id;
  template <class F>
  void map(F& f) {
    f.required("id", id);
  }
};

struct DataCenterChange {
  DataCenterRef ref;
  std::string type;
  template <class F>
  void map(F& f) {
    f.required("ref", ref);
    f.required("type", type);
  }
};

/// Nothing where there is none or it is something else.
template <class T>
std::optional<T> as(const std::optional<json::Raw>& value) {
  if (!value) return std::nullopt;
  auto read = json::decode<T>(value->text, json::Unknown::ignore);
  if (!read) return std::nullopt;
  return *std::move(read);
}

std::vector<std::string> pushed(const DeliveryBody& body) {
  if (auto ref = as<std::string>(body.ref)) return {*std::move(ref)};
  std::vector<std::string> refs;
  if (const auto cloud = as<CloudPush>(body.push)) {
    for (const auto& change : cloud->changes) {
      if (change.after && change.after->type == "branch") refs.push_back("refs/heads/" + change.after->name);
    }
  } else if (const auto changes = as<std::vector<DataCenterChange>>(body.changes)) {
    for (const auto& change : *changes) {
      if (change.type != "DELETE") refs.push_back(change.ref.id);
    }
  }
  return refs;
}

bool names_pull_request(const DeliveryBody& body) {
  return body.pull_request || body.pullrequest || body.pull_request_ || body.merge_request ||
         as<std::string>(body.object_kind) == "merge_request" ||
         as<std::string>(body.event_type).value_or("").starts_with("git.pullrequest");
}

/// The JSON of a delivery, or nothing where a program sent no body, or one that is not meant for us.
base::Result<std::optional<std::string>> document(const http::Request& request, bool of_forge) {
  const auto begin = request.body.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && request.body[begin] == '{') return std::optional(request.body);
  const auto type = request.header("Content-Type");
  if (!of_forge || !type || !type->starts_with("application/x-www-form-urlencoded")) {
    return std::optional<std::string>();
  }
  TRY_ASSIGN(auto form, http::parse_form(request.body));
  const auto payload = form.find("payload");
  if (payload == form.end()) return std::optional<std::string>();
  return std::optional(std::move(payload->second));
}

}  // namespace

base::Result<Delivery> read_delivery(const http::Request& request) {
  Delivery delivery;
  for (const char* name : kEventHeaders) {
    if (const auto value = request.header(name); value && !value->empty()) delivery.events.emplace_back(*value);
  }
  TRY_ASSIGN(const auto text, document(request, !delivery.events.empty()));
  if (text) {
    TRY_ASSIGN(const auto body, json::decode<DeliveryBody>(*text, json::Unknown::ignore));
    delivery.pull_request = names_pull_request(body);
    delivery.refs = pushed(body);
    delivery.commit = as<std::string>(body.commit);
    if (body.commit && !delivery.commit && delivery.events.empty() && !delivery.pull_request) {
      return base::invalid("/commit", "A commit is text: its whole id.");
    }
  }
  if (const auto asked = request.query.find("commit"); asked != request.query.end()) delivery.commit = asked->second;
  return delivery;
}

}  // namespace hooks
