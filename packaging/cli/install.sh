#!/usr/bin/env bash
# install.sh WH PREFIX: the command line client with its manual pages and its completion for bash, zsh and fish, where the
# shells and man look beneath a prefix such as /usr/local.
set -euo pipefail

wh=$1 share=$2/share

install -D -m 755 -- "$wh" "$2/bin/wh"
install -d -- "$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d" "$share/man/man1"
"$wh" completion bash >"$share/bash-completion/completions/wh"
"$wh" completion zsh >"$share/zsh/site-functions/_wh"
"$wh" completion fish >"$share/fish/vendor_completions.d/wh.fish"
"$wh" man --to "$share/man/man1" --quiet
gzip -9 -n -f -- "$share/man/man1"/wh*.1
