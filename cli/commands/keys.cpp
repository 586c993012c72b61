#include <fstream>
#include <istream>
#include <sstream>

#include "cli/commands/account.hpp"
#include "cli/commands/commands.hpp"
#include "cli/find_one.hpp"

namespace cli {
namespace {

constexpr const char* kPath = "/api/v1/me/ssh-keys";
constexpr std::size_t kLongest = 16 * 1024;

struct KeyView {
  std::string id;
  std::string name;
  std::string algorithm;
  std::string fingerprint;
  base::UtcTime created_at;
  std::optional<base::UtcTime> last_used_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("algorithm", algorithm);
    f.required("fingerprint", fingerprint);
    f.required("created_at", created_at);
    f.defaulted("last_used_at", last_used_at);
  }
};
struct AddBody {
  std::string name;
  std::string public_key;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("public_key", public_key);
  }
};

base::Result<std::string> blocking_read_key(Session& session, const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << session.terminal.in.rdbuf();
  } else {
    std::ifstream in(file);
    if (!in) return usage_error("There is no file " + file + ".");
    text << in.rdbuf();
  }
  auto key = text.str();
  if (key.find("PRIVATE KEY") != std::string::npos) {
    return usage_error("That is the private key, and was not sent. Give the public one: " + file + ".pub");
  }
  if (key.size() > kLongest) return usage_error("That is no public key: it has more than 16 KiB.");
  return key;
}

async::Task<base::Result<KeyView>> find_key(Session& session, std::string which) {
  CO_TRY_ASSIGN(const auto all, co_await list<KeyView>(session, kPath));
  co_return find_one(all.items, which, {"SSH key", "cli.key", "its fingerprint: wh keys"}, [&](const KeyView& key) {
    return key.id == which || key.fingerprint == which || key.name == which;
  });
}

}  // namespace

async::Task<Outcome> list_keys(Session& session) {
  CO_TRY_ASSIGN(const auto all, co_await list<KeyView>(session, kPath));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  if (all.items.empty()) session.say("You have no SSH keys. To add one: wh keys add ~/.ssh/id_ed25519.pub\n");
  const auto now = session.clock.utc_now();
  Table table({"NAME", "ALGORITHM", "FINGERPRINT", "ADDED", "USED"});
  for (const auto& key : all.items) {
    table.row({key.name, key.algorithm, key.fingerprint, format_age(key.created_at, now),
               key.last_used_at ? format_age(*key.last_used_at, now) : "never"});
  }
  if (!all.items.empty()) session.show(table);
  co_return kOk;
}

async::Task<Outcome> add_key(Session& session, std::string file, std::string name) {
  CO_TRY_ASSIGN(const auto key, blocking_read_key(session, file));
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", kPath, json::encode(AddBody{name, key})));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto added, Api::read<KeyView>(answer.body));
  session.say("Added " + added.name + " (" + added.algorithm + ").\n");
  session.out() << added.fingerprint << "\n";
  co_return kOk;
}

async::Task<Outcome> remove_key(Session& session, std::string which) {
  CO_TRY_ASSIGN(const auto key, co_await find_key(session, which));
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("DELETE", kPath + ("/" + percent_encode(key.id))));
  session.done(answer.body, "Removed " + key.name + " (" + key.fingerprint + ").\n");
  co_return kOk;
}

}  // namespace cli
