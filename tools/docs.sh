#!/usr/bin/env bash
# The documentation of the public interface as HTML, into build/docs/html: `make docs`. Whatever in include/linnet isn't
# documented, or is documented wrongly, is an error. Exit status 77: there is no doxygen.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v doxygen >/dev/null; then
  echo "docs: there is no doxygen (tools/setup.sh docs installs it)"
  [[ -n ${LINNET_REQUIRE_ALL-} ]] && exit 1
  exit 77
fi
mkdir -p build/docs
version=$(sed -nE 's/^#define LINNET_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+)/\2/p' include/linnet/version.hh | paste -sd.)
(cat docs/Doxyfile; echo "PROJECT_NUMBER = $version") | doxygen -
echo "docs: build/docs/html/index.html"
