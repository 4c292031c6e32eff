#!/bin/sh
# The folder that build_package.py made, as "VeM Score.app"; signed and notarised where an identity is given.
#   packages/macos/make-app.sh dist/vem-score-0.1.0-macos-arm64 0.1.0
# Never run yet. MACOS_IDENTITY: "Developer ID Application: NAME (TEAM)"; MACOS_PROFILE: one of `notarytool store-credentials`.
set -eu
folder=$1
version=$2
app=$(dirname "$folder")/VeM\ Score.app
rm -rf "$app"
mkdir -p "$app/Contents/MacOS"
cp -R "$folder/python" "$folder/vem" "$folder/vem-panel" "$app/Contents/MacOS/"
sed "s|@VERSION@|$version|" "$folder/Info.plist" > "$app/Contents/Info.plist"
if [ -n "${MACOS_IDENTITY:-}" ]; then
    find "$app" \( -name '*.so' -o -name '*.dylib' -o -perm -111 -type f \) \
        -exec codesign --force --options runtime --timestamp --sign "$MACOS_IDENTITY" {} +
    codesign --force --options runtime --timestamp --sign "$MACOS_IDENTITY" "$app"
    ditto -c -k --keepParent "$app" "$app.zip"
    xcrun notarytool submit "$app.zip" --keychain-profile "$MACOS_PROFILE" --wait
    xcrun stapler staple "$app"
fi
ditto -c -k --keepParent "$app" "$(dirname "$folder")/vem-score-$version-macos.zip"
