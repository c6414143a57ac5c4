# ./dev packages, image and release: what is made of a build for others. Read by dev, whose words (say, fail, need,
# build) it uses.
# shellcheck shell=bash disable=SC2154

# With what their tests need: a fresh root to install them in, and somebody to look them over.
packages_packages=(debhelper dpkg-dev)
image_packages=("${packages_packages[@]}" ca-certificates python3)
packages_test_packages=("${image_packages[@]}" crun git lintian mmdebstrap systemd umoci)

make_packages() {  # make_packages PRESET OUT_DIR
  say "Debian packages of build/$1"
  quietly build/log/packages deploy/debian/make-packages "build/$1" "$2"
}

command_packages() {
  need "${core_packages[@]}" "${packages_packages[@]}"
  SOURCE_DATE_EPOCH=$(deploy/version --seconds)
  export SOURCE_DATE_EPOCH # the build's time, too
  build release
  make_packages release build/packages
  ls -l build/packages/*.deb
}

make_image() {  # make_image PACKAGES_DIR OUT_FILE
  say "the container image of torpord"
  deploy/container/fetch-libraries 2> /dev/null || { apt update && deploy/container/fetch-libraries; } ||
    fail 69 "what torpord opens by name is not to be had: deploy/container/fetch-libraries says why"
  mkdir -p "$(dirname "$2")"
  deploy/container/image.py --packages "$1" --libraries build/libraries --version "$(deploy/version)" \
    --seconds "$SOURCE_DATE_EPOCH" -o "$2"
}

command_image() {
  need "${image_packages[@]}"
  command_packages
  make_image build/packages build/image/torpord.oci.tar
  ls -l build/image/torpord.oci.tar
}

command_release() {
  local key=
  case "${1:-}" in
    '') ;;
    --key)
      key=$(realpath -e "${2:?}") || fail 66 "there is no key $2"
      ;;
    *) fail 64 "release takes --key FILE or nothing, not '$1'" ;;
  esac
  need git
  [ -z "$(git status --porcelain)" ] ||
    fail 65 "the build would hold what is not in the sources: commit it, or move it away"
  need openssl
  command_image
  local version
  version=$(deploy/version)
  say "torpor $version: sources, packages, image, what they are made of, checksums"
  deploy/release/collect build/release build/packages build/image/torpord.oci.tar "$version" \
    "build/released/$version" "$key"
  [ -n "$key" ] || say "not signed: --key FILE does that, with an Ed25519 key in PEM (docs/releases.md)"
  (cd "build/released/$version" && ls -l && cat SHA256SUMS)
}
