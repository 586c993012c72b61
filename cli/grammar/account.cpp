#include "cli/commands/account.hpp"

#include "cli/grammar/grammar.hpp"

namespace cli::grammar {
namespace {

void add_keys(Grammar& g) {
  auto& w = g.words();
  auto* keys = g.add("keys", "List, add and remove your SSH keys", "wh keys\n  wh keys add ~/.ssh/id_ed25519.pub",
                     [](Session& session) { return list_keys(session); });
  g.add(*keys, "list", "List your SSH keys", "wh keys list --json",
        [](Session& session) { return list_keys(session); });
  auto* add = g.add(*keys, "add", "Add an SSH key: ed25519, ecdsa, or rsa of 3072 bits and more",
                    "wh keys add ~/.ssh/id_ed25519.pub --name laptop",
                    [&w](Session& session) { return add_key(session, w.file, w.id); });
  g.needs(add, "file", w.file, "The .pub file, or - for standard input", "FILE");
  add->add_option("--name", w.id, "What it is called; by default the key's comment")->type_name("NAME");
  g.needs(g.add(*keys, "remove", "Remove an SSH key", "wh keys remove laptop",
                [&w](Session& session) { return remove_key(session, w.id); }),
          "key", w.id, "Its name, fingerprint or id", "KEY");
}

void add_tokens(Grammar& g) {
  auto& w = g.words();
  const auto of_organization = [&w](CLI::App* command) {
    command->add_flag("--organization", w.token.organization, "The organization's own, instead of yours");
  };
  auto* tokens = g.add("tokens", "List, make and revoke tokens for programs",
                       "wh tokens\n  wh tokens create ci --scope deploy --project shop --days 30",
                       [&w](Session& session) { return list_tokens(session, w.token.organization); });
  of_organization(tokens);
  of_organization(g.add(*tokens, "list", "List tokens", "wh tokens list --organization",
                        [&w](Session& session) { return list_tokens(session, w.token.organization); }));
  auto* create = g.add(*tokens, "create", "Make a token; it is shown once",
                       "wh tokens create ci --scope deploy --project shop --days 30",
                       [&w](Session& session) { return create_token(session, w.token); });
  g.needs(create, "name", w.token.name, "What it is for", "NAME");
  create->add_option("--scope", w.token.scope, "read (the default), deploy, write or admin; each includes those before")
      ->check(CLI::IsMember({"read", "deploy", "write", "admin"}))
      ->type_name("SCOPE");
  create->add_option("--project", w.token.projects, "Only this project; may be given several times")
      ->type_name("PROJECT");
  create->add_option("--days", w.token.days, "How long it lives: 1 to 366 (90)")
      ->check(CLI::Range(1, 366))
      ->type_name("DAYS");
  of_organization(create);
  auto* revoke = g.add(*tokens, "revoke", "Make a token void, everywhere within a second", "wh tokens revoke ci",
                       [&w](Session& session) { return revoke_token(session, w.id, w.token.organization); });
  g.needs(revoke, "token", w.id, "Its name, first letters or id", "TOKEN");
  of_organization(revoke);
}

}  // namespace

void add_account(Grammar& grammar) {
  add_keys(grammar);
  add_tokens(grammar);
}

}  // namespace cli::grammar
