#include "cli/grammar/grammar.hpp"

namespace cli::grammar {

void add_session(Grammar& g) {
  auto& w = g.words();
  auto* login_words = g.add("login", "Sign in: in a browser, with a setup link or a token",
                            "wh login --server https://wh.example.com", [&w](Session& session) {
                              auto options = w.login;
                              options.server = w.invocation.server;
                              return login(session, std::move(options));
                            });
  login_words
      ->add_option("link", w.login.link,
                   "Setup link or wh_pat_ token, or - to read it from standard input; without it a browser confirms")
      ->type_name("SETUP_LINK");
  login_words->preparse_callback([&w](std::size_t) { w.invocation.sign_in = Invocation::SignIn::none; });
  auto* logout_words =
      g.add("logout", "End the session", "wh logout", [](Session& session) { return logout(session); });
  logout_words->preparse_callback([&w](std::size_t) { w.invocation.sign_in = Invocation::SignIn::optional; });
  g.add("whoami", "Who is signed in, and where", "wh whoami --json", [](Session& session) { return whoami(session); });
}

}  // namespace cli::grammar
