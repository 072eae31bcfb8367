#!/bin/bash
# make_sysroot.sh ARCHITECTURE: puts the libraries of a board's architecture, as Debian names it (arm64, armhf), into
# build/sysroot/ARCHITECTURE, where the toolchain files look for them. Says nothing when they are there; needs no root.
# apt works in a folder of its own: packages of two architectures can be installed side by side only as long as a mirror
# has both in the same version.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(libc6-dev libstdc++6 libxsimd-dev libtbb-dev zlib1g-dev libpng-dev libjpeg62-turbo-dev libxxhash-dev libcli11-dev
  nlohmann-json3-dev doctest-dev librapidcheck-dev)
architecture=${1:?usage: make_sysroot.sh ARCHITECTURE}
sysroot=build/sysroot/$architecture
# The list of packages is written last: an interrupted run leaves none.
[[ $(cat "$sysroot/packages" 2>/dev/null) != "${packages[*]}" ]] || exit 0

echo "Downloading libraries for $architecture to $sysroot ..."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
# From the mirror that this system uses.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $codename" 'Component: main' | sort -u)
echo "deb ${mirror%%$'\n'*} $codename main" >"$folder/sources.list"
[[ $mirror ]] || echo "deb http://deb.debian.org/debian $codename main" >"$folder/sources.list"
mkdir -p "$folder"/{lists,archives}/partial
touch "$folder/status"
cat >"$folder/apt.conf" <<END
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
Dir::State "$folder";
Dir::State::status "$folder/status";
Dir::Cache "$folder";
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
END
if ! {
  APT_CONFIG=$folder/apt.conf apt-get -q update &&
    APT_CONFIG=$folder/apt.conf apt-get -q -y --no-install-recommends --download-only install "${packages[@]}"
} </dev/null >"$folder/log" 2>&1; then
  cat "$folder/log" >&2
  echo "Could not download the libraries for $architecture" >&2
  exit 1
fi

rm -rf "$sysroot"
mkdir -p "$sysroot"
for archive in "$folder"/archives/*.deb; do dpkg -x "$archive" "$sysroot"; done
# Absolute links would lead out of it.
find "$sysroot" -type l -lname '/*' -printf '%l %p\n' | while read -r target link; do ln -sfr "$sysroot$target" "$link"; done
echo "${packages[*]}" >"$sysroot/packages"
