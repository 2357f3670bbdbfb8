#!/usr/bin/env bash
# Makes the pictures of the README anew from the demo, when the page or the workbook looks different:
#   tests/pictures/make.sh [EOLCAST]      the program; default target/debug/eolcast
# Debian: apt-get install chromium libreoffice-calc-nogui poppler-utils pngquant fonts-dejavu
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
eolcast="$(realpath "${1:-$here/../../target/debug/eolcast}")"
for tool in chromium soffice pdftoppm pdftotext pngquant; do
    command -v "$tool" >/dev/null || { echo "make.sh: $tool is missing" >&2; exit 1; }
done
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

"$eolcast" report --demo --format html,xlsx --out . --quiet

# The browser does not go into its sandbox as root.
[ "$(id -u)" = 0 ] && sandbox=--no-sandbox || sandbox=
chromium --headless $sandbox --hide-scrollbars --window-size=1200,1150 \
    --screenshot="$work/page.png" "file://$work/eolcast.html" 2>/dev/null

soffice --headless "-env:UserInstallation=file://$work/profile" --convert-to pdf eolcast.xlsx >/dev/null
charts=1
until pdftotext -f $charts -l $charts eolcast.pdf - | grep -q 'What changed from'; do
    charts=$((charts + 1))
    [ $charts -lt 10 ] || { echo "make.sh: no page of the workbook has the charts" >&2; exit 1; }
done
# US letter across at 110 dots an inch, without the margins.
pdftoppm -r 110 -x 65 -y 75 -W 1080 -H 640 -f 1 -l 1 -png -singlefile eolcast.pdf cover
pdftoppm -r 110 -x 65 -y 75 -W 1030 -H 705 -f $charts -l $charts -png -singlefile eolcast.pdf charts

for name in page cover charts; do
    pngquant --force --strip --speed 1 --output "$here/$name.png" 64 "$name.png"
done
ls -l "$here"/*.png
