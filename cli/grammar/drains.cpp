#include "cli/commands/drains.hpp"

#include "cli/grammar/grammar.hpp"

namespace cli::grammar {

void add_drains(Grammar& g) {
  auto& w = g.words();
  auto* drains = g.add("drains", "Send what an app prints to an HTTP or syslog server too",
                       "wh drains list hello\n  wh drains add hello https://logs.example.com/in --token -",
                       [&w](Session& session) { return list_drains(session, w.app); });
  drains->require_subcommand(1);
  auto* all = g.add(*drains, "list", "Where an app's logs go, and whether they arrive", "wh drains list hello",
                    [&w](Session& session) { return list_drains(session, w.app); });
  g.needs_app(all);
  g.may_watch(all);
  auto* add = g.add(*drains, "add", "Send what an app prints from now on there too",
                    "wh drains add hello https://logs.example.com/in --token -\n  wh drains add hello "
                    "syslog+tls://logs.example.com:6514",
                    [&w](Session& session) { return add_drain(session, w.app, w.link, w.file); });
  g.needs_app(add);
  g.needs(add, "url", w.link, "https://…, http://…, syslog+tls://host:port or syslog+tcp://host:port", "URL");
  add->add_option("--token", w.file, "File with the token that is sent as bearer, or - for standard input")
      ->type_name("FILE");
  auto* remove = g.add(*drains, "remove", "Stop sending an app's logs to a server",
                       "wh drains remove hello https://logs.example.com/in",
                       [&w](Session& session) { return remove_drain(session, w.app, w.id); });
  g.needs_app(remove);
  g.needs(remove, "drain", w.id, "Its address, id or the id's first letters", "DRAIN");
}

}  // namespace cli::grammar
