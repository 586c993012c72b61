#include "cli/grammar/grammar.hpp"

namespace cli::grammar {

void add_audit(Grammar& g) {
  auto& w = g.words();
  auto* audit = g.add("audit", "Who did what, from where; and whether the log is as it was sealed",
                      "wh audit --since 2d --actor operator\n  wh audit --object hello --action app.\n"
                      "  wh audit export log.jsonl\n  wh audit verify --from log.jsonl",
                      [&w](Session& session) { return show_audit(session, w.audit); });
  audit->require_subcommand(0, 1);
  audit->add_option("--since", w.audit.since, "90s, 10m, 2h, 3d, or a time")->type_name("TIME");
  audit->add_option("--until", w.audit.until, "Before this time")->type_name("TIME");
  audit->add_option("--actor", w.audit.actor, "Name or id; or person, token, hook, worker, system")->type_name("WHO");
  audit->add_option("--object", w.audit.object, "Name, id or kind of what it was done to")->type_name("WHAT");
  audit->add_option("--action", w.audit.action, "Such as app.deploy, or app. for all of apps")->type_name("ACTION");
  audit->add_option("-n,--limit", w.audit.limit, "At most so many (50)")->check(CLI::Range(1, 10'000))->type_name("N");
  auto* out =
      g.add(*audit, "export", "The whole log as JSON lines with its signed head, or for spreadsheets",
            "wh audit export log.jsonl\n  wh audit export --format csv log.csv", [&w](Session& session) {
              return export_audit(session, {.file = w.file, .format = w.kind, .installation = w.verify.installation});
            });
  out->add_option("file", w.file, "Where to (standard output)")->type_name("FILE");
  out->add_option("--format", w.kind, "jsonl (the default; what verify --from reads) or csv")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->type_name("FORMAT");
  out->add_flag("--installation", w.verify.installation, "The log of what belongs to no organization");
  auto* verify = g.add(*audit, "verify", "Whether anything was changed, taken out or cut off",
                       "wh audit verify\n  wh audit verify --from log.jsonl",
                       [&w](Session& session) { return verify_audit(session, w.verify); });
  verify->add_option("--from", w.verify.from, "An export: it is verified, and the log against its end")
      ->type_name("FILE");
  verify->add_option("--key", w.verify.key, "Fingerprint of the key that must have signed")->type_name("KEY");
  verify->add_flag("--installation", w.verify.installation,
                   "The log of what belongs to no organization: sign-ins, settings, machines");
  verify->add_flag("--offline", w.verify.offline, "Ask no server: the export alone");
  verify->preparse_callback([&w](std::size_t) { w.invocation.sign_in = Invocation::SignIn::optional; });
}

}  // namespace cli::grammar
