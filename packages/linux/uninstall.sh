#!/bin/sh
# Takes away what install.sh added, and the core. Takes, settings and presets stay; --all takes settings away too.
set -eu
data=${XDG_DATA_HOME:-"$HOME/.local/share"}
target=$HOME/.local/opt/vem-score
if [ -x "$target/vem" ]; then
    "$target/vem" core stop --force || true
    "$target/vem" resolve uninstall || true
    "$target/vem" core uninstall
fi
rm -rf "$target" "$data/applications/vem-score.desktop"
if [ "$(readlink "$HOME/.local/bin/vem" 2>/dev/null)" = "$target/vem" ]; then
    rm "$HOME/.local/bin/vem"
fi
if [ "${1:-}" = --all ]; then
    rm -rf "$data/vem-score" "${XDG_CONFIG_HOME:-"$HOME/.config"}/vem-score" \
        "${XDG_STATE_HOME:-"$HOME/.local/state"}/vem-score" "${XDG_CACHE_HOME:-"$HOME/.cache"}/vem-score"
fi
for folder in "$HOME/.local/opt" "$HOME/.local/bin" "$data/applications" "${XDG_STATE_HOME:-"$HOME/.local/state"}"; do
    rmdir "$folder" 2>/dev/null || true  # where nothing else is in it
done
echo "VeM Score is gone. Your takes are where they were."
