#!/bin/sh
# Copies this folder to ~/.local/opt/vem-score, and adds `vem` and a menu entry for this user. No rights are needed.
set -eu
here=$(dirname "$(readlink -f "$0")")
data=${XDG_DATA_HOME:-"$HOME/.local/share"}
target=$HOME/.local/opt/vem-score
if [ -e "$target" ]; then
    echo "$target is there already: run $target/uninstall.sh first." >&2
    exit 1
fi
mkdir -p "$HOME/.local/opt" "$HOME/.local/bin" "$data/applications"
cp -a "$here" "$target.part"
mv "$target.part" "$target"
ln -sf "$target/vem" "$HOME/.local/bin/vem"
sed "s|@FOLDER@|$target|g" "$target/vem-score.desktop" > "$data/applications/vem-score.desktop"
echo "Installed in $target. The window: $target/vem-panel, or VeM Score in the menu. Next: $target/vem core install"
