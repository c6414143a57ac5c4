# ./dev packages: what is made of a build for others. Read by dev, whose words (say, fail, need,
# build) it uses.
# shellcheck shell=bash disable=SC2154

# With what their tests need: a fresh root to install them in, and somebody to look them over.
packages_packages=(debhelper dpkg-dev)
packages_test_packages=("${packages_packages[@]}" git lintian mmdebstrap systemd)

make_packages() {  # make_packages PRESET OUT_DIR
  say "Debian packages of build/$1"
  quietly build/log/packages deploy/debian/make-packages "build/$1" "$2"
}

command_packages() {
  need "${core_packages[@]}" "${packages_packages[@]}"
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  export SOURCE_DATE_EPOCH # the build's time, too
  build release
  make_packages release build/packages
  ls -l build/packages/*.deb
}
