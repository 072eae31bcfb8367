#!/bin/bash
# check_report.sh PAGE [SCREENSHOT]: opens a page that Treadle wrote in a real browser (Debian's chromium, without a
# window), 400 and 1400 pixels wide. Fails when the console has a message, when a chart is not visible or sticks out,
# when a letter is smaller than 9 pixels, or when the page is wider than the window. SCREENSHOT: a PNG of the wide one.
# Needs scripts/install_dependencies.sh browser.
set -euo pipefail
page=$(realpath "${1:?usage: check_report.sh PAGE [SCREENSHOT]}")
screenshot=${2:+$(realpath -m "$2")}
command -v chromium >/dev/null || { echo "check_report.sh needs chromium: scripts/install_dependencies.sh browser" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# frame PAGE WIDTH: a page that shows PAGE in a frame of this width, since chromium's windows are 500 pixels at least,
# and keeps what it is sent.
frame() {
  echo "<!DOCTYPE html><body style=\"margin:0\"><iframe src=\"file://$1\" width=\"$2\" height=\"1000\" style=\"border:0\"></iframe>"
  echo '<pre id="found"></pre><script>addEventListener("message", e => found.textContent = e.data)</script>'
}

browse() {  # arguments...: what the console said is in $folder/log
  # The sandbox needs rights that a container does not have; the page is our own and its policy forbids scripts.
  timeout 60 chromium --headless=old --no-sandbox --disable-gpu --hide-scrollbars --force-color-profile=srgb \
    --user-data-dir="$folder/profile" --window-size=1400,1000 --virtual-time-budget=1000 \
    --enable-logging=stderr --log-level=0 "$@" 2>"$folder/log"
}

console() {  # what is left of the log besides the browser's own chatter
  grep 'CONSOLE' "$folder/log" || true
}

# The page as it is has no script. This one is put into a copy without its policy, and leaves its findings as text.
cat >"$folder/probe.js" <<'JS'
addEventListener("load", () => {
  const wrong = [], width = document.documentElement.clientWidth;
  const check = (good, what) => { if (!good) wrong.push(what); };
  check(document.documentElement.scrollWidth <= width, `the page is ${document.documentElement.scrollWidth} wide`);
  const charts = [...document.querySelectorAll("svg")];
  check(charts.length > 0, "there is no chart");
  for (const svg of charts) {
    const name = svg.getAttribute("aria-label"), box = svg.getBoundingClientRect();
    check(box.width >= 200 && box.height >= 60, `chart "${name}" is ${box.width}x${box.height}`);
    check(box.left >= 0 && box.right <= width + 0.5, `chart "${name}" sticks out of the page`);
    check(getComputedStyle(svg).visibility === "visible", `chart "${name}" is hidden`);
    check(svg.querySelector("polyline, circle, rect") !== null, `chart "${name}" draws nothing`);
    for (const part of svg.querySelectorAll("text, polyline, circle, rect, line")) {
      const inner = part.getBoundingClientRect();
      check(inner.left >= box.left - 1 && inner.right <= box.right + 1 && inner.top >= box.top - 1 &&
            inner.bottom <= box.bottom + 1, `chart "${name}": ${part.tagName} "${part.textContent}" sticks out`);
      if (part.tagName !== "text") continue;
      const size = parseFloat(getComputedStyle(part).fontSize) * box.width / svg.viewBox.baseVal.width;
      check(size >= 9, `chart "${name}": "${part.textContent}" is ${size.toFixed(1)} pixels high`);
      check(getComputedStyle(part).fill !== getComputedStyle(document.body).backgroundColor,
            `chart "${name}": "${part.textContent}" has the colour of the page`);
    }
  }
  parent.postMessage(`FOUND ${width} ${charts.length}\n` + wrong.map((one) => `WRONG ${one}\n`).join("") + "END", "*");
});
JS
sed -e '/Content-Security-Policy/d' "$page" >"$folder/copy.html"
{ echo "<script>"; cat "$folder/probe.js"; echo "</script>"; } >>"$folder/copy.html"

failed=0
for width in 400 1400; do
  frame "$page" "$width" >"$folder/page.html"
  browse --screenshot="$folder/$width.png" "file://$folder/page.html" >/dev/null
  if [[ -n $(console) ]]; then
    echo "$page at $width pixels: the console says:"
    console
    failed=1
  fi
  frame "$folder/copy.html" "$width" >"$folder/probe.html"
  browse --dump-dom "file://$folder/probe.html" >"$folder/dom"
  head=$(grep -o 'FOUND [0-9]* [0-9]*' "$folder/dom" | tail -1) || { echo "the browser did not look at the page"; exit 1; }
  read -r _ seen charts <<<"$head"
  ((seen == width)) || { echo "the window is $seen pixels wide instead of $width"; failed=1; }
  if grep '^WRONG' "$folder/dom"; then
    echo "$page at $width pixels: see above"
    failed=1
  fi
  echo "$(basename "$page") at $width pixels: $charts charts looked at"
done
[[ -z $screenshot ]] || cp "$folder/1400.png" "$screenshot"
exit $failed
