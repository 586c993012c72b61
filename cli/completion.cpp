#include "cli/completion.hpp"

#include <algorithm>

namespace cli {
namespace {

constexpr const char* kBash = R"(# bash completion of wh:  source <(wh completion bash)
_wh() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <("${COMP_WORDS[0]}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _wh wh
)";

constexpr const char* kZsh = R"(#compdef wh
# zsh completion of wh:  source <(wh completion zsh), or a file _wh in a folder of $fpath
_wh() {
  local -a candidates
  local line
  for line in "${(@f)$("${words[1]}" complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
    elif [[ -n $line ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done
  (( ${#candidates} )) && _describe 'wh' candidates
}
if [[ $funcstack[1] == _wh ]]; then _wh "$@"; else compdef _wh wh; fi
)";

constexpr const char* kFish = R"(# fish completion of wh:  wh completion fish | source
function __wh_complete
  set -l now (commandline -ct)
  set -l typed (commandline -opc) "$now"
  for line in (command wh complete $typed[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c wh -f -a '(__wh_complete)'
)";

bool is_named(const OptionInfo& option, const std::string& name) {
  return std::ranges::find(option.names, name) != option.names.end();
}

/// Where in the table the words before the cursor lead.
struct Place {
  const CommandInfo* root;
  const CommandInfo* command;
  std::size_t words{0};
  const OptionInfo* open{nullptr};  ///< an option that waits for its value

  const OptionInfo* option(const std::string& name) const {
    for (const auto* at : {command, root}) {
      const auto found = std::ranges::find_if(at->options, [&](const auto& option) { return is_named(option, name); });
      if (found != at->options.end()) return &*found;
    }
    return nullptr;
  }
  void take(const std::string& word) {
    if (open != nullptr) {
      open = nullptr;
    } else if (word.starts_with('-')) {
      const auto* named = option(word);
      if (named != nullptr && !named->value.empty()) open = named;
    } else if (const auto sub = std::ranges::find(command->commands, word, &CommandInfo::name);
               sub != command->commands.end() && words == 0) {
      command = &*sub;
    } else {
      ++words;
    }
  }
};

class Answer {
 public:
  explicit Answer(std::string begun) { completion_.begun = std::move(begun); }
  void offer(const std::string& text, const std::string& what) {
    if (text.starts_with(completion_.begun)) completion_.candidates.push_back({text, what});
  }
  /// By what an option or a word takes.
  void offer_value(const OptionInfo& option) {
    if (option.value.find('|') != std::string::npos) {
      for (std::size_t at = 0; at <= option.value.size();) {
        const auto end = std::min(option.value.find('|', at), option.value.size());
        offer(option.value.substr(at, end - at), option.what);
        at = end + 1;
      }
    }
    completion_.apps = completion_.apps || option.value == "APP" || option.value == "DEPLOYMENT";
    completion_.files = completion_.files || option.value == "FILE" || option.value == "FOLDER";
  }
  void offer_options(const CommandInfo& command) {
    for (const auto& option : command.options) offer(option.names.back(), option.what);
  }
  Completion take() && { return std::move(completion_); }

 private:
  Completion completion_;
};

}  // namespace

Completion complete(const CommandInfo& table, const std::vector<std::string>& typed) {
  Place place{.root = &table, .command = &table};
  for (std::size_t i = 0; i + 1 < typed.size(); ++i) place.take(typed[i]);
  Answer answer(typed.empty() ? "" : typed.back());
  if (place.open != nullptr) {
    answer.offer_value(*place.open);
  } else if (!typed.empty() && typed.back().starts_with('-')) {
    answer.offer_options(*place.command);
    if (place.command != place.root) answer.offer_options(*place.root);
    answer.offer("--help", "How it is typed");
  } else {
    if (place.words == 0) {
      for (const auto& command : place.command->commands) answer.offer(command.name, command.what);
    }
    const auto& words = place.command->words;
    if (place.words < words.size()) {
      answer.offer_value(words[place.words]);
    } else if (!words.empty() && words.back().many) {
      answer.offer_value(words.back());
    }
  }
  return std::move(answer).take();
}

std::optional<std::string> completion_script(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return std::nullopt;
}

}  // namespace cli
